import { expect } from 'chai';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import {
  attempts,
  createAccount,
  createWebhook,
  liveAttempts,
  newBehavior,
  publish,
  saveWebhook,
  type LoggedAttempt,
} from '../../helpers/operations.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';

const DAY_MS = 86_400_000;

eachDatabase('The schedule', (database) => {
  let server: TestServer;
  let receiver: Receiver;
  let accountId: string;
  let webhookId: string;

  before(async () => {
    server = await startHookwatch(await database.createUrl(), {
      ...{ RETRY_SCHEDULE: '1ms,2ms', QUICK_RETRIES: '0' },
    });
  });

  beforeEach(async () => {
    receiver = await startReceiver();
    accountId = await createAccount(server.operator, `Account ${receiver.port}`, server.accountId);
    webhookId = await createWebhook(server.operator, {
      ...{ accountId, provider: 'CUSTOM', targetUrl: receiver.url },
    });
  });

  afterEach(() => receiver.close());

  after(() => server.stop());

  /** Publishes events; answers the attempts when there are so many. */
  async function attempted(events: number, count: number): Promise<LoggedAttempt[]> {
    const live = liveAttempts(server.operator, (log) => log.length >= count, { accountId });
    await publish(server.operator, ...Array.from({ length: events }, () => newBehavior(accountId)));
    return live;
  }

  for (const value of ['abc', '-5', 'Infinity', '0x10'])
    it(`goes on as if nothing was said where a receiver answers 429 for ever with Retry-After: ${value}`, async () => {
      receiver.always({ status: 429, headers: { 'retry-after': value } });
      const log = await attempted(1, 3);
      expect(log.map(({ httpStatus, outcome }) => `${httpStatus} ${outcome}`)).to.deep.equal([
        ...['429 RETRYABLE', '429 RETRYABLE', '429 RETRYABLE'],
      ]);
      expect(log[2]!.delivery).to.include({ status: 'FAILED', attemptCount: 3 });
    });

  for (const value of ['9999999999', 'Thu, 01 Jan 2099 00:00:00 GMT'])
    it(`waits a day for Retry-After: ${value}`, async () => {
      const before = Date.now();
      receiver.always({ status: 503, headers: { 'retry-after': value } });
      const [attempt] = await attempted(1, 1);
      const waitMs = Date.parse(attempt!.nextAttemptAt!) - before;
      expect(waitMs).to.be.within(DAY_MS, DAY_MS + (Date.now() - before));
      expect(attempt!.delivery).to.include({ status: 'PENDING', attemptCount: 1 });
    });

  it('ends with 410: the webhook is disabled at once, once, and delivers what it held at its new address', async () => {
    receiver.always(410);
    await attempted(1, 1);
    const { webhook, auditEntries } = await server.operator.ask<{
      webhook: { health: object };
      auditEntries: { edges: Array<{ node: { action: string; actor: string } }> };
    }>(
      `{ webhook(id: "${webhookId}") { health { state reason heldDeliveries pendingDeliveries } }
         auditEntries(accountId: "${accountId}") { edges { node { action actor } } } }`,
    );
    expect(webhook.health).to.deep.equal({
      ...{ state: 'AUTO_DISABLED', reason: 'GONE', heldDeliveries: 1, pendingDeliveries: 0 },
    });
    const disabled = auditEntries.edges.filter(({ node }) => node.action === 'webhook.auto_disabled');
    expect(disabled.map(({ node }) => node.actor)).to.deep.equal(['Hookwatch']);

    await publish(server.operator, newBehavior(accountId));
    receiver.always(204);
    await saveWebhook(server.operator, {
      ...{ id: webhookId, expectedVersion: 1, targetUrl: `${receiver.url}/new`, active: true },
    });
    const log = await liveAttempts(server.operator, (seen) => seen.length === 3, { accountId });
    expect(log.slice(1).map(({ delivery }) => delivery!.status)).to.deep.equal(['SUCCEEDED', 'SUCCEEDED']);
    expect(receiver.requests.map(({ url }) => url)).to.deep.equal(['/', '/new', '/new']);
    expect(await attempts(server.operator, { accountId })).to.have.lengthOf(3);
  });
});
