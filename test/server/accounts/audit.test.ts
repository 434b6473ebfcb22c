import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildSchema } from 'graphql';
import { projectRoot } from '../../../server/config.js';
import type { Storage } from '../../../server/storage/data-source.js';
import { eachDatabase } from '../../helpers/databases.js';
import { OPERATOR, startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { createAccount, createToken, createWebhook, newBehavior, publish } from '../../helpers/operations.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';
import { openTestStorage } from '../../helpers/storage.js';
import { createBrowserUser, replyCode, type Asker } from '../auth/browser-user.js';
import { addPerson, browserOf } from '../auth/people.js';

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

/** Secrets that the changes below have in them; the log must not. */
const canaries = {
  password: 'canary-password-1',
  newPassword: 'canary-password-2',
  secretKey: 'canary-secret-key',
  header: 'canary-header-value',
};

/** What a change is made with: each case makes what it needs. */
interface Scene {
  server: TestServer;
  accountId: string;
  receiver: Receiver;
  /** Answers the mutation's payload. */
  send<T>(query: string, input: object): Promise<T>;
  webhook(): Promise<string>;
  person(email: string, password: string): Promise<Asker & { userId: string }>;
}

/** Makes one change; answers the action and the target that the log must have of it. */
type Case = (scene: Scene) => Promise<[action: string, target: string]>;

const payload = (fields: string): string => `${fields} userErrors { message }`;
const mutation = (name: string, fields: string): string =>
  `mutation ($input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${fields} } }`;

/** The mutations that change no settings, with the reason why the log says nothing of them. */
const silent: Record<string, string> = {
  publishEvents: 'an event is stored with its time and its deliveries: it is its own record',
};

const cases: Record<string, Case> = {
  async completeSetup({ server }) {
    return ['instance.set_up', server.accountId];
  },
  async createAccount({ send, accountId }) {
    const { account } = await send<{ account: { id: string } }>(
      mutation('createAccount', payload('account { id }')),
      {
        ...{ name: 'Made', parentId: accountId },
      },
    );
    return ['account.created', account.id];
  },
  async renameAccount({ server, send, accountId }) {
    const id = await createAccount(server.operator, 'Old name', accountId);
    await send(mutation('renameAccount', payload('account { id }')), { id, name: 'New name' });
    return ['account.renamed', id];
  },
  async deleteAccount({ server, send, accountId }) {
    const id = await createAccount(server.operator, 'Doomed', accountId);
    await send(mutation('deleteAccount', payload('deletedId')), { id, confirmName: 'Doomed' });
    return ['account.deleted', id];
  },
  async inviteMember({ send, accountId }) {
    const { invitation } = await send<{ invitation: { id: string } }>(
      mutation('inviteMember', payload('invitation { id }')),
      {
        ...{ accountId, email: 'invited@example.com', role: 'VIEWER' },
      },
    );
    return ['member.invited', invitation.id];
  },
  async revokeInvitation(scene) {
    const [, id] = await cases['inviteMember']!(scene);
    await scene.send(mutation('revokeInvitation', payload('deletedId')), { id });
    return ['invitation.revoked', id];
  },
  async acceptInvitation({ person }) {
    const { userId } = await person('joined@example.com', canaries.password);
    return ['member.joined', userId];
  },
  async updateMember({ send, person, accountId }) {
    const { userId } = await person('updated@example.com', canaries.password);
    const input = { accountId, userId, role: 'ADMIN' };
    await send(mutation('updateMember', payload('member { role }')), input);
    return ['member.role_changed', userId];
  },
  async removeMember({ send, person, accountId }) {
    const { userId } = await person('removed@example.com', canaries.password);
    await send(mutation('removeMember', payload('deletedId')), { accountId, userId });
    return ['member.removed', userId];
  },
  async signIn({ server, person }) {
    const { userId } = await person('in@example.com', canaries.password);
    const input = { email: 'in@example.com', password: canaries.password };
    await server.nobody.ask(mutation('signIn', payload('viewer { isOperator }')), { input });
    return ['user.signed_in', userId];
  },
  async signOut({ person }) {
    const user = await person('out@example.com', canaries.password);
    await user.send('mutation { signOut }');
    return ['user.signed_out', user.userId];
  },
  async changePassword({ person }) {
    const user = await person('changed@example.com', canaries.password);
    const input = { currentPassword: canaries.password, newPassword: canaries.newPassword };
    await user.send(mutation('changePassword', payload('viewer { isOperator }')), { input });
    return ['user.password_changed', user.userId];
  },
  async revokeSession({ person }) {
    const user = await person('session@example.com', canaries.password);
    const { data } = await user.send('{ viewer { sessions { id } } }');
    const [session] = (data as { viewer: { sessions: Array<{ id: string }> } }).viewer.sessions;
    await user.send(mutation('revokeSession', payload('deletedId')), { input: { id: session!.id } });
    return ['user.session_revoked', user.userId];
  },
  async createApiToken({ send, accountId }) {
    const { apiToken } = await send<{ apiToken: { id: string } }>(
      mutation('createApiToken', payload('apiToken { id }')),
      {
        ...{ accountId, name: 'A program', scopes: ['READ'] },
      },
    );
    return ['api_token.created', apiToken.id];
  },
  async revokeApiToken(scene) {
    const [, id] = await cases['createApiToken']!(scene);
    await scene.send(mutation('revokeApiToken', payload('deletedId')), { id });
    return ['api_token.revoked', id];
  },
  async saveWebhook({ send, webhook }) {
    const id = await webhook();
    await send(mutation('saveWebhook', payload('webhook { id }')), {
      ...{ id, expectedVersion: 1, name: 'Renamed' },
      headers: [{ name: 'x-key', value: `${canaries.header}-2` }],
    });
    return ['webhook.updated', id];
  },
  async setWebhookActive({ send, webhook }) {
    const id = await webhook();
    await send(mutation('setWebhookActive', payload('webhook { id }')), { id, active: false });
    return ['webhook.deactivated', id];
  },
  async deleteWebhook({ send, webhook }) {
    const id = await webhook();
    await send(mutation('deleteWebhook', payload('deletedId')), { id });
    return ['webhook.deleted', id];
  },
  async rotateSigningSecret({ send, webhook }) {
    const id = await webhook();
    await send(mutation('rotateSigningSecret', payload('webhook { id }')), { id });
    return ['webhook.signing_secret_rotated', id];
  },
  async testWebhook({ send, webhook }) {
    const webhookId = await webhook();
    const input = { webhookId, eventType: 'NEW_BEHAVIOR' };
    await send(mutation('testWebhook', payload('attempt { id }')), input);
    return ['webhook.tested', webhookId];
  },
  async retryDelivery({ server, webhook, accountId }) {
    await webhook();
    const [result] = await publish(server.operator, newBehavior(accountId));
    const { event } = await server.operator.ask<{ event: { deliveries: Array<{ id: string }> } }>(
      'query ($id: ID!) { event(id: $id) { deliveries { id } } }',
      { id: result!.event!.id },
    );
    const { id } = event.deliveries[0]!;
    for (let code = 'IN_PROGRESS'; code === 'IN_PROGRESS';)
      code = replyCode(
        await server.operator.send(mutation('retryDelivery', 'userErrors { code }'), { input: { id } }),
      );
    return ['delivery.retried', id];
  },
  async replayDeliveries({ send, webhook }) {
    const { replay } = await send<{ replay: { id: string } }>(
      mutation('replayDeliveries', payload('replay { id }')),
      { filter: { webhookIds: [await webhook()] }, dryRun: false },
    );
    return ['replay.started', replay.id];
  },
  async cancelReplay(scene) {
    const [, id] = await cases['replayDeliveries']!(scene);
    await scene.send(mutation('cancelReplay', payload('replay { id }')), { id });
    return ['replay.cancelled', id];
  },
};

const schema = buildSchema(readFileSync(join(projectRoot, 'schema/schema.graphql'), 'utf8'));

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
      ...{ server, accountId, receiver, send },
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
