import { expect } from 'chai';
import type { Storage } from '../../../server/storage/data-source.js';
import { eachDatabase } from '../../helpers/databases.js';
import { OPERATOR, startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { createAccount, createToken, createWebhook } from '../../helpers/operations.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';
import { schema } from '../../helpers/schema.js';
import { openTestStorage } from '../../helpers/storage.js';
import { createBrowserUser, replyCode, type Asker } from '../auth/browser-user.js';
import { addPerson, browserOf } from '../auth/people.js';
import { canaries, cases, mutation, payload, silent, type Scene } from './audit-cases.js';

interface Entry {
  at: string;
  actor: string;
  action: string;
  target: string;
  address: string | null;
  changes: object | null;
  account: { id: string } | null;
}

const ENTRY = 'at actor action target address changes account { id }';
const LIST = `query ($accountId: ID!, $filter: AuditFilter, $first: Int, $after: String) {
  auditEntries(accountId: $accountId, filter: $filter, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { ${ENTRY} } }
  }
}`;
const INSTANCE = `{ instanceAuditEntries(first: 100) { edges { node { ${ENTRY} } } } }`;

eachDatabase('The audit log', (database) => {
  let server: TestServer;
  let storage: Storage;
  let receiver: Receiver;
  const read = async (user: Asker, accountId: string, filter: object = {}): Promise<Entry[]> => {
    const { data } = await user.send(LIST, { accountId, filter, first: 100 });
    return (data as { auditEntries: { edges: Array<{ node: Entry }> } }).auditEntries.edges.map(
      ({ node }) => node,
    );
  };
  const readInstance = async (): Promise<Entry[]> =>
    (
      await server.operator.ask<{ instanceAuditEntries: { edges: Array<{ node: Entry }> } }>(INSTANCE)
    ).instanceAuditEntries.edges.map(({ node }) => node);

  function sceneIn(accountId: string): Scene {
    const send = async <T>(query: string, input: object): Promise<T> => {
      const reply = await server.operator.send<Record<string, T>>(query, { input });
      expect(replyCode(reply), JSON.stringify(reply)).to.equal('none');
      return Object.values(reply.data)[0]!;
    };
    return {
      ...{ server, accountId, send },
      webhook: () =>
        createWebhook(server.operator, {
          ...{ accountId, provider: 'CUSTOM', targetUrl: receiver.url },
          headers: [{ name: 'x-key', value: canaries.header }],
        }),
      async person(email, password) {
        const { inviteMember } = await server.operator.ask<{ inviteMember: { invitationUrl: string } }>(
          mutation('inviteMember', payload('invitationUrl')),
          { input: { accountId, email, role: 'VIEWER' } },
        );
        const token = new URL(inviteMember.invitationUrl).searchParams.get('token');
        const user = createBrowserUser(server.url);
        const { data } = await user.send(mutation('acceptInvitation', payload('viewer { user { id } }')), {
          input: { token, name: 'Somebody', password },
        });
        const { viewer } = (data as { acceptInvitation: { viewer: { user: { id: string } } } })
          .acceptInvitation;
        return { send: user.send, userId: viewer.user.id };
      },
    };
  }

  before(async () => {
    const url = await database.createUrl();
    server = await startHookwatch(url);
    storage = await openTestStorage(url);
    receiver = await startReceiver();
  });

  after(async () => {
    await receiver.close();
    await storage.dispose();
    await server.stop();
  });

  it('has a case, or a reason for none, for every mutation of the schema', () => {
    const known = new Set([...Object.keys(cases), ...Object.keys(silent)]);
    const unknown = Object.keys(schema.getMutationType()!.getFields()).filter((name) => !known.has(name));
    expect(unknown).to.deep.equal([]);
  });

  for (const [name, make] of Object.entries(cases))
    it(`tells of ${name}: who, what, when and from where, and no secret`, async () => {
      const accountId = await createAccount(server.operator, `Account of ${name}`, server.accountId);
      const start = Date.now();
      const [action, target] = await make(sceneIn(accountId));
      const log = await read(server.operator, server.accountId);
      const entry = log.find((one) => one.action === action && one.target === target);
      expect(entry, `${action} of ${target} in ${JSON.stringify(log)}`).to.not.equal(undefined);
      if (name !== 'completeSetup') {
        expect(entry!.address).to.match(/127\.0\.0\.1|::1/);
        expect(entry!.actor).to.match(/@example\.com$/);
        expect(Date.parse(entry!.at)).to.be.within(start - 1000, Date.now() + 1000);
      }
      const text = JSON.stringify([log, await readInstance()]);
      for (const secret of ['canary-', 'hw_', 'whsec_', '$argon2']) expect(text).to.not.include(secret);
    });

  it('says which settings were changed, from what to what, and which secrets were replaced', async () => {
    const scene = sceneIn(await createAccount(server.operator, 'Settings', server.accountId));
    const [, id] = await cases['saveWebhook']!(scene);
    const [updated, created] = await read(server.operator, scene.accountId);
    expect(updated!.changes).to.deep.equal({
      name: { from: 'Custom', to: 'Renamed' },
      headerValuesReplaced: ['x-key'],
    });
    expect([created!.action, created!.target]).to.deep.equal(['webhook.created', id]);
    expect(created!.changes).to.deep.nested.include({ 'headers.to': ['x-key'], 'provider.to': 'CUSTOM' });
  });

  it('names the program that a token stands for', async () => {
    const accountId = await createAccount(server.operator, 'Programs', server.accountId);
    const token = await createToken(server.operator, accountId, 'READ', 'WEBHOOKS_WRITE');
    await createWebhook(server.withToken(token), {
      ...{ accountId, provider: 'CUSTOM', targetUrl: receiver.url },
    });
    const [entry] = await read(server.operator, accountId, { actions: ['webhook.created'] });
    expect(entry!.actor).to.equal(`API token “A program” …${token.slice(-4)}`);
  });

  it('is read page by page, newest first, by person, action, thing and time', async () => {
    const scene = sceneIn(await createAccount(server.operator, 'Pages', server.accountId));
    const { accountId } = scene;
    for (const name of ['createApiToken', 'revokeApiToken', 'createAccount']) await cases[name]!(scene);
    const log = await read(server.operator, accountId);
    const actions = ['account.created', 'api_token.revoked', 'api_token.created', 'api_token.created'];
    expect(log.map(({ action }) => action)).to.deep.equal([...actions, 'account.created']);
    const { data } = await server.operator.send(LIST, { accountId, first: 2 });
    const { totalCount, pageInfo } = (
      data as unknown as { auditEntries: { totalCount: number; pageInfo: { endCursor: string } } }
    ).auditEntries;
    expect(totalCount).to.equal(5);
    const next = await server.operator.send(LIST, { accountId, first: 2, after: pageInfo.endCursor });
    expect(JSON.stringify(next.data)).to.include(log[2]!.target).and.to.not.include(log[0]!.target);
    const count = async (filter: object): Promise<number> =>
      (await read(server.operator, accountId, filter)).length;
    expect(await count({ actions: ['api_token.created', 'api_token.revoked'] })).to.equal(3);
    expect(await count({ actions: [] })).to.equal(0);
    expect(await count({ target: log[1]!.target })).to.equal(2);
    expect(await count({ actor: OPERATOR.email })).to.equal(5);
    expect(await count({ actor: 'nobody@example.com' })).to.equal(0);
    expect(await count({ from: log.at(-1)!.at })).to.equal(5);
    expect(await count({ until: log.at(-1)!.at })).to.equal(0);
  });

  it('is for admins of the account and of those above; what concerns the instance, for the operator', async () => {
    const accountId = await createAccount(server.operator, 'Private', server.accountId);
    const sibling = await createAccount(server.operator, 'Nosy', server.accountId);
    const person = async (id: string, role: 'ADMIN' | 'VIEWER'): Promise<Asker> =>
      browserOf(server.url, storage, await addPerson(storage, [[{ id }, role]]));
    const token = await createToken(server.operator, accountId, 'READ', 'WEBHOOKS_WRITE', 'EVENTS_WRITE');
    const codes = async (user: Asker): Promise<string[]> => [
      replyCode(await user.send(LIST, { accountId })),
      replyCode(await user.send(INSTANCE)),
    ];
    expect(await codes(await person(accountId, 'ADMIN'))).to.deep.equal(['none', 'FORBIDDEN']);
    expect(await codes(await person(server.accountId, 'ADMIN'))).to.deep.equal(['none', 'FORBIDDEN']);
    expect(await codes(await person(accountId, 'VIEWER'))).to.deep.equal(['FORBIDDEN', 'FORBIDDEN']);
    expect(await codes(await person(sibling, 'ADMIN'))).to.deep.equal(['NOT_FOUND', 'FORBIDDEN']);
    expect(await codes(server.withToken(token))).to.deep.equal(['FORBIDDEN', 'FORBIDDEN']);
    expect(await codes(server.nobody)).to.deep.equal(['UNAUTHENTICATED', 'UNAUTHENTICATED']);
    expect(await codes(server.operator)).to.deep.equal(['none', 'none']);
  });
});
