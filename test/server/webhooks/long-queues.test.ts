import { expect } from 'chai';
import type { Storage } from '../../../server/storage/data-source.js';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { createAccount, createWebhook, type UserError } from '../../helpers/operations.js';
import { addDeliveries, countByStatus, settle } from '../../helpers/queued.js';
import { openTestStorage } from '../../helpers/storage.js';

/** More than follows a decision in its own transaction. */
const LONG = 1_300;
const HOUR_MS = 3_600_000;

eachDatabase('A webhook with a long queue', (database) => {
  let server: TestServer;
  let storage: Storage;

  before(async () => {
    const url = await database.createUrl();
    // It serves only: deliveries follow when a test lets them.
    server = await startHookwatch(url, {}, { role: 'api' });
    storage = await openTestStorage(url);
  });

  after(async () => {
    await storage.dispose();
    await server.stop();
  });

  async function addWebhook(accountId = server.accountId): Promise<string> {
    const id = await createWebhook(server.operator, {
      ...{ accountId, provider: 'CUSTOM', targetUrl: 'https://receiver.example/' },
    });
    await addDeliveries(storage, id, LONG, HOUR_MS);
    return id;
  }

  async function setActive(id: string, active: boolean, queued = 'RESUME'): Promise<Partial<UserError>[]> {
    const { setWebhookActive } = await server.operator.ask<{
      setWebhookActive: { userErrors: Partial<UserError>[] };
    }>(
      'mutation ($input: SetWebhookActiveInput!) { setWebhookActive(input: $input) { userErrors { path code } } }',
      { input: { id, active, queued } },
    );
    return setWebhookActive.userErrors;
  }

  async function healthOf(id: string): Promise<object> {
    const { webhook } = await server.operator.ask<{ webhook: { health: object } }>(
      `{ webhook(id: "${id}") { health { state heldDeliveries pendingDeliveries } } }`,
    );
    return webhook.health;
  }

  const deleted = async (field: string, input: object): Promise<number> => {
    const answer = await server.operator.ask<Record<string, { cancelledDeliveries: number }>>(
      `mutation ($input: ${field[0]!.toUpperCase()}${field.slice(1)}Input!) {
        ${field}(input: $input) { deletedId cancelledDeliveries userErrors { path code } }
      }`,
      { input },
    );
    return answer[field]!.cancelledDeliveries;
  };

  it('answers IN_PROGRESS to a discard while its deliveries follow the hold, and later discards them all', async () => {
    const id = await addWebhook();
    expect(await setActive(id, false)).to.deep.equal([]);
    const inactive = { state: 'INACTIVE', heldDeliveries: LONG, pendingDeliveries: 0 };
    expect(await healthOf(id)).to.deep.equal(inactive);
    expect(await setActive(id, true, 'DISCARD')).to.deep.equal([{ path: ['queued'], code: 'IN_PROGRESS' }]);
    expect(await healthOf(id), 'nothing is changed').to.deep.equal(inactive);
    await settle(storage);
    expect(await setActive(id, true, 'DISCARD')).to.deep.equal([]);
    expect(await healthOf(id)).to.deep.equal({ state: 'HEALTHY', heldDeliveries: 0, pendingDeliveries: 0 });
    expect(await countByStatus(storage, id), 'these follow').to.include.keys('HELD');
    await settle(storage);
    expect(await countByStatus(storage, id)).to.deep.equal({ CANCELLED: LONG });
  });

  it('can be resumed while its deliveries still follow the hold', async () => {
    const id = await addWebhook();
    await setActive(id, false);
    expect(await setActive(id, true)).to.deep.equal([]);
    expect(await healthOf(id)).to.deep.equal({
      ...{ state: 'HEALTHY', heldDeliveries: 0, pendingDeliveries: LONG },
    });
  });

  it('says when it is deleted how many deliveries that cancels, those that follow later too', async () => {
    const id = await addWebhook();
    expect(await deleted('deleteWebhook', { id })).to.equal(LONG);
    const { auditEntries } = await server.operator.ask<{
      auditEntries: { edges: Array<{ node: { action: string; changes: object } }> };
    }>(`{ auditEntries(accountId: "${server.accountId}", first: 1) { edges { node { action changes } } } }`);
    const [{ node }] = auditEntries.edges as [(typeof auditEntries.edges)[number]];
    expect(node.action).to.equal('webhook.deleted');
    expect(node.changes).to.include({ cancelledDeliveries: LONG });
    expect(await countByStatus(storage, id)).to.deep.equal({ CANCELLED: 500, PENDING: LONG - 500 });
    await settle(storage);
    expect(await countByStatus(storage, id)).to.deep.equal({ CANCELLED: LONG });
  });

  it('is cancelled with its account, which says how many deliveries all its webhooks had', async () => {
    const accountId = await createAccount(server.operator, 'Long', server.accountId);
    const ids = [await addWebhook(accountId), await addWebhook(accountId)];
    expect(await deleted('deleteAccount', { id: accountId, confirmName: 'Long' })).to.equal(2 * LONG);
    await settle(storage);
    for (const id of ids) expect(await countByStatus(storage, id)).to.deep.equal({ CANCELLED: LONG });
  });
});
