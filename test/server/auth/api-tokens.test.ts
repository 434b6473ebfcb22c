import { expect } from 'chai';
import { isApiTokenText } from '../../../server/auth/tokens.js';
import type { Storage } from '../../../server/storage/data-source.js';
import type { Role } from '../../../server/storage/entities/membership.js';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { createAccount } from '../../helpers/operations.js';
import { openTestStorage } from '../../helpers/storage.js';
import { createBrowserUser, replyCode, type Asker, type BrowserUser } from './browser-user.js';
import { addPerson, browserOf } from './people.js';

const FIELDS = `id name scopes lastFour createdAt expiresAt lastUsedAt revokedAt
  account { id } createdBy { email }`;
const CREATE = `mutation ($input: CreateApiTokenInput!) {
  createApiToken(input: $input) { apiToken { ${FIELDS} } secret userErrors { path code } }
}`;
const REVOKE = `mutation ($input: RevokeApiTokenInput!) {
  revokeApiToken(input: $input) { deletedId userErrors { code } }
}`;
const LIST = `query ($id: ID!, $after: String) {
  account(id: $id) {
    apiTokens(first: 2, after: $after) {
      totalCount pageInfo { hasNextPage endCursor } edges { node { ${FIELDS} } }
    }
  }
}`;
const UNKNOWN = 'tok_01AAAAAAAAAAAAAAAAAAAAAAAA';

interface Token {
  id: string;
  name: string;
  scopes: string[];
  lastFour: string;
  lastUsedAt: string | null;
  revokedAt: string | null;
}

interface Created {
  createApiToken: { apiToken: Token; secret: string };
}

interface Listed {
  account: {
    apiTokens: {
      totalCount: number;
      pageInfo: { hasNextPage: boolean; endCursor: string };
      edges: Array<{ node: Token }>;
    };
  };
}

eachDatabase('API tokens', (database) => {
  let server: TestServer;
  let storage: Storage;
  let child: string;
  let other: string;
  const create = (change: object = {}): Promise<Created> =>
    server.operator.ask(CREATE, { input: { accountId: child, name: 'Sender', scopes: ['READ'], ...change } });
  const person = async (accountId: string, role: Role): Promise<BrowserUser> =>
    browserOf(server.url, storage, await addPerson(storage, [[{ id: accountId }, role]]));

  before(async () => {
    const url = await database.createUrl();
    server = await startHookwatch(url);
    storage = await openTestStorage(url);
    child = await createAccount(server.operator, 'Child', server.accountId);
    other = await createAccount(server.operator, 'Other');
  });

  after(async () => {
    await storage.dispose();
    await server.stop();
  });

  it('are shown once and work at once', async () => {
    const { createApiToken } = await create({ name: ' Sender ', scopes: ['READ', 'EVENTS_WRITE', 'READ'] });
    const { apiToken, secret } = createApiToken;
    expect(isApiTokenText(secret)).to.equal(true);
    expect(apiToken).to.deep.include({
      ...{ name: 'Sender', scopes: ['READ', 'EVENTS_WRITE'], lastFour: secret.slice(-4) },
      ...{ expiresAt: null, lastUsedAt: null, revokedAt: null, account: { id: child } },
      createdBy: { email: 'operator@example.com' },
    });
    const { viewer } = await server
      .withToken(secret)
      .ask<{ viewer: object }>(
        '{ viewer { isOperator user { id } memberships { role } token { id account { name } } } }',
      );
    expect(viewer).to.deep.equal({
      ...{ isOperator: false, user: null, memberships: [] },
      token: { id: apiToken.id, account: { name: 'Child' } },
    });
    expect(JSON.stringify(await server.operator.ask(LIST, { id: child }))).to.not.include(secret);
  });

  it('are listed newest first, page by page, revoked ones too', async () => {
    const account = await createAccount(server.operator, 'Listed', server.accountId);
    const made: string[] = [];
    for (const name of ['One', 'Two', 'Three'])
      made.unshift((await create({ accountId: account, name })).createApiToken.apiToken.id);
    await server.operator.ask(REVOKE, { input: { id: made[1] } });
    const first = await server.operator.ask<Listed>(LIST, { id: account });
    const { endCursor, hasNextPage } = first.account.apiTokens.pageInfo;
    const second = await server.operator.ask<Listed>(LIST, { id: account, after: endCursor });
    const tokens = [first, second].flatMap((page) => page.account.apiTokens.edges.map(({ node }) => node));
    expect([hasNextPage, first.account.apiTokens.totalCount]).to.deep.equal([true, 3]);
    expect(tokens.map(({ id }) => id)).to.deep.equal(made);
    expect(tokens.map(({ revokedAt }) => revokedAt !== null)).to.deep.equal([false, true, false]);
  });

  it('are refused without a name or scope, with control characters, or when they have expired', async () => {
    const wrong: Array<[object, object]> = [
      [{ name: ' ' }, { path: ['name'], code: 'REQUIRED' }],
      [{ name: 'x'.repeat(101) }, { path: ['name'], code: 'TOO_LONG' }],
      [{ name: 'a\nb' }, { path: ['name'], code: 'INVALID' }],
      [{ scopes: [] }, { path: ['scopes'], code: 'REQUIRED' }],
      [{ expiresAt: '2020-01-01T00:00:00Z' }, { path: ['expiresAt'], code: 'INVALID' }],
    ];
    for (const [change, error] of wrong)
      expect(await create(change)).to.deep.equal({
        createApiToken: { apiToken: null, secret: null, userErrors: [error] },
      });
  });

  it('note when they were last used', async () => {
    const { apiToken, secret } = (await create()).createApiToken;
    await server.withToken(secret).ask('{ viewer { isOperator } }');
    let used: string | null = null;
    while (used === null) {
      const { account } = await server.operator.ask<Listed>(LIST, { id: child });
      used = account.apiTokens.edges.find(({ node }) => node.id === apiToken.id)!.node.lastUsedAt;
    }
    expect(Date.now() - Date.parse(used)).to.be.lessThan(60_000);
  });

  it('are dead the moment they are revoked, and may be revoked again', async () => {
    const { apiToken, secret } = (await create()).createApiToken;
    const program = server.withToken(secret);
    await program.ask('{ viewer { isOperator } }');
    const input = { id: apiToken.id };
    const answer = { revokeApiToken: { deletedId: apiToken.id, userErrors: [] } };
    expect(await server.operator.ask(REVOKE, { input })).to.deep.equal(answer);
    const { errors } = await program.send('{ serverInfo { version } }');
    expect(errors![0]!.extensions.code).to.equal('UNAUTHENTICATED');
    expect(await server.operator.ask(REVOKE, { input })).to.deep.equal(answer);
  });

  it('are made, seen and ended by admins of their account only; for all others they do not exist', async () => {
    const { id } = (await create()).createApiToken.apiToken;
    const { secret } = (await create({ scopes: ['READ', 'EVENTS_WRITE', 'WEBHOOKS_WRITE'] })).createApiToken;
    const codes = async (user: Asker): Promise<string[]> => {
      const make = { accountId: child, name: 'Mine', scopes: ['READ'] };
      const replies = [
        await user.send(LIST, { id: child }),
        await user.send(CREATE, { input: make }),
        await user.send(REVOKE, { input: { id: UNKNOWN } }),
        await user.send(REVOKE, { input: { id } }),
      ];
      return replies.map(replyCode);
    };
    const hidden = ['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND'];
    const readOnly = ['FORBIDDEN', 'FORBIDDEN', 'NOT_FOUND', 'NOT_FOUND'];
    expect(await codes(await person(other, 'ADMIN'))).to.deep.equal(hidden);
    expect(await codes(await person(server.accountId, 'VIEWER'))).to.deep.equal(readOnly);
    expect(await codes(server.withToken(secret))).to.deep.equal(readOnly);
    expect(await codes(createBrowserUser(server.url))).to.deep.equal(Array(4).fill('UNAUTHENTICATED'));
    const admin = await codes(await person(server.accountId, 'ADMIN'));
    expect(admin).to.deep.equal(['none', 'none', 'NOT_FOUND', 'none']);
  });
});
