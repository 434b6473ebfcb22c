import { expect } from 'chai';
import { rolePermissions, type Grant, type Principal } from '../../../server/auth/principal.js';
import { nameless, rightsKey } from '../../../server/auth/rights.js';
import type { Account } from '../../../server/storage/entities/account.js';
import { Role } from '../../../server/storage/entities/membership.js';
import type { User } from '../../../server/storage/entities/user.js';

const grant = (id: string, role: Role): Grant => ({
  account: { id, path: `/${id}/` } as Account,
  ...{ role, permissions: rolePermissions[role] },
});

const person = (change: Partial<Principal> = {}): Principal => ({
  ...{ kind: 'user', user: { id: 'usr_1' } as User, token: null, sessionHash: 'hash', isOperator: false },
  grants: [grant('acc_1', Role.VIEWER), grant('acc_2', Role.ADMIN)],
  ...change,
});

describe('The key of rights', () => {
  it('is the same for everybody with the same rights, who lose their names', () => {
    const other = person({
      ...{ user: { id: 'usr_2' } as User, sessionHash: 'another' },
      grants: [grant('acc_2', Role.ADMIN), grant('acc_1', Role.VIEWER)],
    });
    expect(rightsKey(other)).to.equal(rightsKey(person()));
    expect(nameless(other)).to.include({ user: null, token: null, sessionHash: null });
  });

  const different: Record<string, Partial<Principal>> = {
    'an operator': { isOperator: true },
    'a token': { kind: 'token' },
    'another role': { grants: [grant('acc_1', Role.ADMIN), grant('acc_2', Role.ADMIN)] },
    'another account': { grants: [grant('acc_1', Role.VIEWER), grant('acc_3', Role.ADMIN)] },
    'fewer accounts': { grants: [grant('acc_1', Role.VIEWER)] },
    'fewer permissions': {
      grants: [grant('acc_1', Role.VIEWER), { ...grant('acc_2', Role.ADMIN), permissions: new Set() }],
    },
  };
  for (const [title, change] of Object.entries(different))
    it(`differs for ${title}`, () => {
      expect(rightsKey(person(change))).not.to.equal(rightsKey(person()));
    });
});
