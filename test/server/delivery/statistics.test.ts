import { expect } from 'chai';
import { countAttempts } from '../../../server/delivery/statistics.js';
import { Attempt } from '../../../server/storage/entities/attempt.js';
import { createId } from '../../../server/storage/ids.js';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { createWebhook, liveAttempts, newBehavior, publish } from '../../helpers/operations.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';
import { openTestStorage } from '../../helpers/storage.js';

interface Slice {
  succeeded: number;
  failed: number;
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
}
interface Stats extends Slice {
  attempts: number;
  successRate: number | null;
  buckets: Array<Slice & { start: string }>;
  byReply: Array<{ reply: string; count: number }>;
}

const RANGES = { LAST_HOUR: 12, LAST_DAY: 24, LAST_WEEK: 28, LAST_MONTH: 30 };

const STATS = `query ($id: ID!, $range: StatsRange!) { webhook(id: $id) { stats(range: $range) {
  attempts succeeded failed successRate p50Ms p95Ms p99Ms
  buckets { start succeeded failed p50Ms p95Ms p99Ms } byReply { reply count }
} } }`;

eachDatabase('The statistics of a webhook', (database) => {
  let url: string;
  let server: TestServer;
  let receiver: Receiver;
  let id: string;

  before(async () => {
    url = await database.createUrl();
    server = await startHookwatch(url, { RETRY_SCHEDULE: '1ms,1ms', QUICK_RETRIES: '0' });
  });

  beforeEach(async () => {
    receiver = await startReceiver();
    id = await createWebhook(server.operator, {
      ...{ accountId: server.accountId, provider: 'CUSTOM', targetUrl: receiver.url },
    });
  });

  afterEach(() => receiver.close());

  after(() => server.stop());

  const stats = async (range = 'LAST_HOUR'): Promise<Stats> =>
    (await server.operator.ask<{ webhook: { stats: Stats } }>(STATS, { id, range })).webhook.stats;

  it('count every request by its reply, over every range', async () => {
    receiver.reply(503, 404);
    const ended = liveAttempts(server.operator, (log) => log.length === 3, { webhookIds: [id] });
    await publish(server.operator, newBehavior(server.accountId));
    await ended;

    for (const [range, count] of Object.entries(RANGES)) {
      const { buckets, byReply, p50Ms, p99Ms, ...totals } = await stats(range);
      expect(totals).to.deep.include({ attempts: 3, succeeded: 1, failed: 2, successRate: 1 / 3 });
      expect(byReply).to.have.deep.members([
        { reply: '503', count: 1 },
        { reply: '404', count: 1 },
        { reply: '200', count: 1 },
      ]);
      expect(p50Ms).to.be.a('number').above(0).at.most(p99Ms!);
      expect(buckets).to.have.lengthOf(count);
      const starts = buckets.map(({ start }) => start);
      expect(starts).to.deep.equal(starts.toSorted());
      // The hour may have turned between two of the requests.
      const filled = buckets.filter(({ p50Ms: known }) => known !== null);
      expect(filled.reduce((sum, { succeeded, failed }) => sum + succeeded + failed, 0)).to.equal(3);
      expect(buckets.at(0)).to.include({ succeeded: 0, failed: 0, p50Ms: null, p95Ms: null, p99Ms: null });
    }
  });

  it('are empty for a webhook that was only tested', async () => {
    await server.operator.ask(
      'mutation ($input: TestWebhookInput!) { testWebhook(input: $input) { attempt { id } } }',
      { input: { webhookId: id, eventType: 'NEW_BEHAVIOR' } },
    );
    expect(receiver.requests).to.have.lengthOf(1);
    expect(await stats()).to.deep.include({ attempts: 0, successRate: null, p50Ms: null, byReply: [] });
  });

  it('name the error class where no reply came', async () => {
    await receiver.close();
    const ended = liveAttempts(server.operator, (log) => log.length === 3, { webhookIds: [id] });
    await publish(server.operator, newBehavior(server.accountId));
    await ended;
    expect((await stats()).byReply).to.deep.equal([{ reply: 'CONNECTION_REFUSED', count: 3 }]);
  });

  it('add up what several workers count at the same time', async () => {
    const other = await openTestStorage(url);
    const attempts = Array.from({ length: 40 }, (_, index) =>
      Object.assign(new Attempt(), {
        ...{ id: createId('att'), webhookId: id, trigger: 'EVENT', outcome: 'SUCCEEDED', httpStatus: 200 },
        ...{ startedAt: new Date(), totalMs: 1.5 ** (index % 20) },
      }),
    );
    const writers = [other, other, other, other, await openTestStorage(url)];
    await Promise.all(
      writers.map((storage, index) =>
        storage.write((manager) =>
          countAttempts(manager, index % 2 === 0 ? attempts : attempts.toReversed()),
        ),
      ),
    );
    for (const storage of new Set(writers)) await storage.dispose();
    expect(await stats()).to.include({ attempts: 200, succeeded: 200, successRate: 1 });
  });
});
