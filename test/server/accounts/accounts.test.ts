import { expect } from 'chai';
import type { Storage } from '../../../server/storage/data-source.js';
import type { Role } from '../../../server/storage/entities/membership.js';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { createAccount, createToken } from '../../helpers/operations.js';
import { openTestStorage } from '../../helpers/storage.js';
import {
  createBrowserUser,
  replyCode,
  type Asker,
  type BrowserUser,
  type Reply,
} from '../auth/browser-user.js';
import { addPerson, browserOf } from '../auth/people.js';

const CREATE = `mutation ($input: CreateAccountInput!) {
  createAccount(input: $input) { account { id name parent { id } } userErrors { path code } }
}`;
const RENAME = `mutation ($input: RenameAccountInput!) {
  renameAccount(input: $input) { account { id name } userErrors { path code } }
}`;
const LIST = `query ($after: String) {
  accounts(first: 3, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { name parent { name } hasChildren viewerRole } }
  }
}`;
const UNKNOWN = 'acc_01AAAAAAAAAAAAAAAAAAAAAAAA';

interface Listed {
  accounts: {
    totalCount: number;
    pageInfo: { hasNextPage: boolean; endCursor: string };
    edges: Array<{
      node: { name: string; parent: { name: string } | null; hasChildren: boolean; viewerRole: string };
    }>;
  };
}

eachDatabase('Accounts', (database) => {
  let server: TestServer;
  let storage: Storage;
  let parent: string;
  let child: string;
  let sibling: string;
  const person = async (...roles: Array<[id: string, role: Role]>): Promise<BrowserUser> => {
    const user = await addPerson(
      storage,
      roles.map(([id, role]) => [{ id }, role]),
    );
    return browserOf(server.url, storage, user);
  };
  const list = async (user: Asker): Promise<string[]> => {
    const lines: string[] = [];
    let after: string | null = null;
    do {
      const { accounts }: Listed = (await user.send(LIST, { after })).data as Listed;
      for (const { node } of accounts.edges)
        lines.push(
          `${node.parent?.name ?? '-'} > ${node.name}${node.hasChildren ? ' +' : ''} ${node.viewerRole}`,
        );
      after = accounts.pageInfo.hasNextPage ? accounts.pageInfo.endCursor : null;
      expect(accounts.totalCount).to.be.at.least(lines.length);
    } while (after !== null);
    return lines;
  };

  before(async () => {
    const url = await database.createUrl();
    server = await startHookwatch(url);
    storage = await openTestStorage(url);
    parent = await createAccount(server.operator, 'Parent');
    child = await createAccount(server.operator, 'Child', parent);
    await createAccount(server.operator, 'Grandchild', child);
    sibling = await createAccount(server.operator, 'Sibling', parent);
  });

  after(async () => {
    await storage.dispose();
    await server.stop();
  });

  it('are listed to each as the tree they may see, parents before children', async () => {
    expect(await list(await person([parent, 'ADMIN']))).to.deep.equal([
      '- > Parent + ADMIN',
      'Parent > Child + ADMIN',
      'Child > Grandchild ADMIN',
      'Parent > Sibling ADMIN',
    ]);
    expect(await list(await person([child, 'VIEWER']))).to.deep.equal([
      '- > Child + VIEWER',
      'Child > Grandchild VIEWER',
    ]);
    expect(await list(await person([child, 'ADMIN'], [sibling, 'VIEWER']))).to.deep.equal([
      '- > Child + ADMIN',
      'Child > Grandchild ADMIN',
      '- > Sibling VIEWER',
    ]);
    expect(await list(await person())).to.deep.equal([]);
    const program = async (scope: string): Promise<Asker> =>
      server.withToken(await createToken(server.operator, child, scope));
    expect(await list(await program('READ'))).to.deep.equal([
      '- > Child + VIEWER',
      'Child > Grandchild VIEWER',
    ]);
    expect(await list(await program('EVENTS_WRITE'))).to.deep.equal([]);
    expect(await list(server.operator)).to.include.members(['- > My company ADMIN', '- > Parent + ADMIN']);
  });

  it('have their direct children below them', async () => {
    const query = `query ($id: ID!) { account(id: $id) { children { totalCount edges { node { name } } } } }`;
    const { data } = await (await person([parent, 'VIEWER'])).send(query, { id: parent });
    expect(data).to.deep.equal({
      account: {
        children: { totalCount: 2, edges: [{ node: { name: 'Child' } }, { node: { name: 'Sibling' } }] },
      },
    });
  });

  it('are made below others by their admins, and at the top by the operator only', async () => {
    const admin = await person([parent, 'ADMIN']);
    const { data } = await admin.send(CREATE, { input: { name: '  New ', parentId: child } });
    expect(data).to.deep.nested.include({
      'createAccount.account.name': 'New',
      'createAccount.account.parent': { id: child },
      'createAccount.userErrors': [],
    });
    const { createAccount: top } = await server.operator.ask<{
      createAccount: { account: { parent: null } };
    }>(CREATE, { input: { name: 'Top' } });
    expect(top.account.parent).to.equal(null);
    expect(replyCode(await admin.send(CREATE, { input: { name: 'My top' } }))).to.equal('FORBIDDEN');
  });

  it('are made and renamed by nobody else', async () => {
    const codes = async (user: Asker, id: string): Promise<string[]> => {
      const replies = [
        await user.send(CREATE, { input: { name: 'Mine', parentId: id } }),
        await user.send(RENAME, { input: { id, name: 'Mine' } }),
      ];
      return replies.map(replyCode);
    };
    const token = await createToken(server.operator, parent, 'READ', 'EVENTS_WRITE', 'WEBHOOKS_WRITE');
    const childAdmin = await person([child, 'ADMIN']);
    expect(await codes(await person([parent, 'VIEWER']), child)).to.deep.equal(['FORBIDDEN', 'FORBIDDEN']);
    expect(await codes(server.withToken(token), child)).to.deep.equal(['FORBIDDEN', 'FORBIDDEN']);
    for (const id of [parent, sibling, server.accountId, UNKNOWN])
      expect(await codes(childAdmin, id), id).to.deep.equal(['NOT_FOUND', 'NOT_FOUND']);
    expect(await codes(createBrowserUser(server.url), child)).to.deep.equal(Array(2).fill('UNAUTHENTICATED'));
  });

  it('have names of 1 to 100 characters that no sibling has', async () => {
    const admin = await person([parent, 'ADMIN']);
    const codeFor = async (name: string, parentId = parent): Promise<string> =>
      replyCode(await admin.send(CREATE, { input: { name, parentId } }));
    expect(await codeFor(' ')).to.equal('REQUIRED');
    expect(await codeFor('x'.repeat(101))).to.equal('TOO_LONG');
    expect(await codeFor('a\u0007b')).to.equal('INVALID');
    expect(await codeFor('\ud800')).to.equal('INVALID');
    expect(await codeFor(' Child')).to.equal('DUPLICATE');
    expect(await codeFor('Child', sibling)).to.equal('none');
    expect(await codeFor('Café')).to.equal('none');
    expect(await codeFor('Cafe\u0301')).to.equal('DUPLICATE');
    expect(await codeFor('100 % <b>“été” 🔒')).to.equal('none');
  });

  it('are renamed, to their own name too, but not to that of a sibling', async () => {
    const admin = await person([parent, 'ADMIN']);
    const rename = (id: string, name: string): Promise<Reply> => admin.send(RENAME, { input: { id, name } });
    expect((await rename(sibling, 'Brother')).data).to.deep.equal({
      renameAccount: { account: { id: sibling, name: 'Brother' }, userErrors: [] },
    });
    expect(replyCode(await rename(sibling, 'Brother'))).to.equal('none');
    expect(replyCode(await rename(sibling, 'Child'))).to.equal('DUPLICATE');
    expect(replyCode(await rename(parent, 'My company'))).to.equal('DUPLICATE');
    const { data } = await admin.send(
      `{ viewer { memberships { account { name } } } account(id: "${sibling}") { name } }`,
    );
    expect(data).to.deep.equal({
      viewer: { memberships: [{ account: { name: 'Parent' } }] },
      account: { name: 'Brother' },
    });
  });

  it('get a name once when several ask for it at the same time', async () => {
    for (const input of [{ name: 'Once', parentId: parent }, { name: 'Once' }]) {
      const replies = await Promise.all(
        Array.from({ length: 8 }, () => server.operator.send(CREATE, { input })),
      );
      const codes = replies.map(replyCode).sort();
      expect(codes).to.deep.equal([...Array<string>(7).fill('DUPLICATE'), 'none']);
    }
  });

  it('nest ten deep', async () => {
    let id = parent;
    for (let depth = 2; depth <= 10; depth += 1)
      id = await createAccount(server.operator, `Level ${depth}`, id);
    const { createAccount: answer } = await server.operator.ask<{ createAccount: object }>(CREATE, {
      input: { name: 'Level 11', parentId: id },
    });
    expect(answer).to.deep.equal({ account: null, userErrors: [{ path: ['parentId'], code: 'INVALID' }] });
  });

  it('that are unknown, hidden or no ids at all are not found, in the same words', async () => {
    const admin = await person([child, 'ADMIN']);
    const answers = await Promise.all(
      [parent, sibling, server.accountId, UNKNOWN, '', 'x', '%', "' or 1=1 --"].map(async (id) =>
        JSON.stringify(
          (await admin.send('query ($id: ID!) { account(id: $id) { id } }', { id })).errors!.map(
            ({ message, extensions }) => [message, extensions.code],
          ),
        ),
      ),
    );
    expect(new Set(answers).size).to.equal(1);
    expect(answers[0]).to.include('NOT_FOUND');
  });
});
