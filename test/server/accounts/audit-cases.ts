import type { TestServer } from '../../helpers/hookwatch.js';
import { createAccount, newBehavior, publish } from '../../helpers/operations.js';
import { until } from '../../helpers/until.js';
import { replyCode, type Asker } from '../auth/browser-user.js';

/** Secrets that the changes below have in them; the log must not. */
export const canaries = {
  password: 'canary-password-1',
  newPassword: 'canary-password-2',
  header: 'canary-header-value',
};

/** What a change is made with: each case makes what it needs. */
export interface Scene {
  server: TestServer;
  accountId: string;
  /** Answers the mutation's payload. */
  send<T>(query: string, input: object): Promise<T>;
  webhook(): Promise<string>;
  person(email: string, password: string): Promise<Asker & { userId: string }>;
}

/** Makes one change; answers the action and the target that the log must have of it. */
type Case = (scene: Scene) => Promise<[action: string, target: string]>;

/** The fields of a payload, and what was wrong. */
export const payload = (fields: string): string => `${fields} userErrors { message }`;

/** A mutation with its input. */
export const mutation = (name: string, fields: string): string =>
  `mutation ($input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${fields} } }`;

/** The mutations that change no settings, with the reason why the log says nothing of them. */
export const silent: Record<string, string> = {
  publishEvents: 'an event is stored with its time and its deliveries: it is its own record',
};

/** One change by each mutation. */
export const cases: Record<string, Case> = {
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
    const retry = mutation('retryDelivery', 'userErrors { code }');
    await until(
      'it has ended',
      async () => replyCode(await server.operator.send(retry, { input: { id } })) !== 'IN_PROGRESS',
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
