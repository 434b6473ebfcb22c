import { expect } from 'chai';
import type { Storage } from '../../../server/storage/data-source.js';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { createAccount, createWebhook, newBehavior, publish } from '../../helpers/operations.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';
import { openTestStorage } from '../../helpers/storage.js';
import { until } from '../../helpers/until.js';

const CAP = 4;

/** Holds requests until it is opened, and counts how many are there at a time. */
function createGate(): { reply: () => Promise<number>; open: () => void; most: () => number } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let inside = 0;
  let most = 0;
  return {
    async reply() {
      most = Math.max(most, (inside += 1));
      await opened;
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
      return 204;
    },
    open,
    most: () => most,
  };
}

eachDatabase('One bad receiver', (database) => {
  let server: TestServer;
  let storage: Storage;
  let bad: Receiver;
  let good: Receiver;

  before(async () => {
    const url = await database.createUrl();
    server = await startHookwatch(url, {
      ...{ WEBHOOK_CONCURRENCY: String(CAP), DELIVERY_CONCURRENCY: '16', QUICK_RETRIES: '0' },
      ...{ RETRY_SCHEDULE: '1ms,1h', AUTO_DISABLE_AFTER: '1ms' },
    });
    storage = await openTestStorage(url);
  });

  beforeEach(async () => {
    bad = await startReceiver();
    good = await startReceiver();
  });

  afterEach(() => Promise.all([bad.close(), good.close()]));

  after(async () => {
    await storage.dispose();
    await server.stop();
  });

  async function addWebhook({ url, port }: Receiver): Promise<{ accountId: string; webhookId: string }> {
    const accountId = await createAccount(server.operator, `Account ${port}`, server.accountId);
    const webhookId = await createWebhook(server.operator, {
      ...{ accountId, provider: 'CUSTOM', targetUrl: url },
    });
    return { accountId, webhookId };
  }

  const publishMany = (accountId: string, count: number): Promise<unknown> =>
    publish(server.operator, ...Array.from({ length: count }, () => newBehavior(accountId)));

  interface Health {
    state: string;
    consecutiveFailures: number;
  }

  const healthOf = (webhookId: string, isAwaited: (health: Health) => boolean): Promise<Health> =>
    until('the health that is awaited', async () => {
      const { webhook } = await server.operator.ask<{ webhook: { health: Health } }>(
        `{ webhook(id: "${webhookId}") { health { state consecutiveFailures } } }`,
      );
      return isAwaited(webhook.health) && webhook.health;
    });

  it('that comes back with many due gets no more at a time than its cap', async () => {
    const gate = createGate();
    bad.always(gate.reply);
    const { accountId } = await addWebhook(bad);
    for (let times = 0; times < 4; times += 1) await publishMany(accountId, 100);
    await bad.waitFor(CAP);
    gate.open();
    await bad.waitFor(400);
    expect(gate.most()).to.equal(CAP);
  });

  it('that hangs keeps neither the events nor the retries of another one waiting', async () => {
    const gate = createGate();
    bad.always(gate.reply);
    const tarpit = await addWebhook(bad);
    await publishMany(tarpit.accountId, 100);
    await bad.waitFor(CAP);
    good.reply(503, 204, 503);
    const healthy = await addWebhook(good);
    await publishMany(healthy.accountId, 20);
    await good.waitFor(22);
    expect(bad.requests).to.have.lengthOf(CAP);
    gate.open();
    await bad.waitFor(100);
  });

  it('that hangs, and two more like it, keep nobody waiting while there are slots', async () => {
    const gate = createGate();
    bad.always(gate.reply);
    const { accountId } = await addWebhook(bad);
    for (let more = 0; more < 2; more += 1)
      await createWebhook(server.operator, { accountId, provider: 'CUSTOM', targetUrl: bad.url });
    await publishMany(accountId, 100);
    await bad.waitFor(3 * CAP);
    const healthy = await addWebhook(good);
    await publishMany(healthy.accountId, 20);
    await good.waitFor(20);
    expect(bad.requests).to.have.lengthOf(3 * CAP);
    gate.open();
    await bad.waitFor(300);
  });

  it('that hangs, and ten more like it, leave slots for everybody else', async () => {
    const gate = createGate();
    bad.always(gate.reply);
    const { accountId } = await addWebhook(bad);
    for (let more = 0; more < 10; more += 1)
      await createWebhook(server.operator, { accountId, provider: 'CUSTOM', targetUrl: bad.url });
    const healthy = await addWebhook(good);
    await publishMany(accountId, 20);
    await bad.waitFor(11);
    await publishMany(healthy.accountId, 20);
    await good.waitFor(20);
    expect(bad.requests.length).to.be.at.most(12);
    gate.open();
    await bad.waitFor(11 * 20);
  });

  it('that fails is probed with one event at a time, and uses up no schedule of the others', async () => {
    bad.always(500);
    const { accountId, webhookId } = await addWebhook(bad);
    const other = await addWebhook(good);
    await storage.write((manager) =>
      manager.query('update queues set failing_since = ? where webhook_id = ?', [
        // This one is not to be disabled after a millisecond.
        ...[Date.now() + 3_600_000, webhookId],
      ]),
    );
    await publishMany(accountId, 40);
    await healthOf(webhookId, ({ consecutiveFailures }) => consecutiveFailures >= 5);
    const probe = async (): Promise<void> => {
      await storage.write((manager) =>
        manager.query('update queues set probe_at = null, next_due_at = 1 where webhook_id = ?', [webhookId]),
      );
      await publishMany(other.accountId, 1);
    };
    // Those on the wire when the fifth failed.
    const before = bad.requests.length;
    expect(before).to.be.within(5, 4 + CAP);
    await probe();
    await bad.waitFor(before + 1);
    await healthOf(webhookId, ({ consecutiveFailures }) => consecutiveFailures === before + 1);
    expect(bad.requests).to.have.lengthOf(before + 1);
    bad.always(204);
    await probe();
    await healthOf(webhookId, ({ state }) => state === 'HEALTHY');
    await bad.waitFor(
      () => new Set(bad.requests.map((request) => request.headers['webhook-id'])).size === 40,
    );
  });

  it('that fails every other time gets everything in the end, and is never disabled', async () => {
    let count = 0;
    bad.always(() => (count++ % 2 === 0 ? 500 : 204));
    const { accountId, webhookId } = await addWebhook(bad);
    await publishMany(accountId, 60);
    const delivered = async (): Promise<number> => {
      const [row] = await storage.read.query<Array<{ n: number | string }>>(
        `select count(*) as n from deliveries where webhook_id = ? and (status = 'SUCCEEDED' or round_count > 1)`,
        [webhookId],
      );
      return Number(row!.n);
    };
    await until('all were sent', async () => (await delivered()) === 60);
    const { state } = await healthOf(webhookId, () => true);
    expect(state).to.be.oneOf(['HEALTHY', 'FAILING']);
  });
});
