import { expect } from 'chai';
import { descendantsOf, flattenTree, pathTo } from '../../client/lib/account-tree.js';

const account = (id: string, parentId: string | null = null) => ({
  ...{ id, name: id, parent: parentId === null ? null : { id: parentId } },
});
const accounts = [
  account('Shop 10', 'Acme'),
  account('Acme'),
  account('Checkout', 'Shop 9'),
  account('Shop 9', 'Acme'),
  account('Guest', 'an account that the viewer may not see'),
];

describe('Tree of accounts', () => {
  it('reads parents before children, siblings by name and number', () => {
    expect(flattenTree(accounts).map(({ account, depth }) => `${depth} ${account.id}`)).to.deep.equal([
      ...['0 Acme', '1 Shop 9', '2 Checkout', '1 Shop 10', '0 Guest'],
    ]);
  });

  it('finds everything below an account', () => {
    expect(descendantsOf(accounts, 'Acme').map(({ id }) => id)).to.deep.equal([
      ...['Shop 9', 'Checkout', 'Shop 10'],
    ]);
    expect(descendantsOf(accounts, 'Checkout')).to.deep.equal([]);
  });

  it('leads from the topmost account one may see to the account', () => {
    expect(pathTo(accounts, 'Checkout').map(({ id }) => id)).to.deep.equal(['Acme', 'Shop 9', 'Checkout']);
    expect(pathTo(accounts, 'Guest').map(({ id }) => id)).to.deep.equal(['Guest']);
    expect(pathTo(accounts, 'unknown')).to.deep.equal([]);
  });
});
