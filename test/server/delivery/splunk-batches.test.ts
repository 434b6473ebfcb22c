import { expect } from 'chai';
import { gunzipSync } from 'node:zlib';
import { startFakeHec, type FakeHec, type HecEvent } from '../../../server/demo/fake-hec.js';
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
import { openTestStorage } from '../../helpers/storage.js';

const secretKey = '11111111-2222-3333-4444-555555555555';
const success = { body: '{"text":"Success","code":0}' };

/** The sites in the order in which a request names them. */
const sitesIn = (body: string): string[] =>
  body.split('\n').map((line) => (JSON.parse(line) as { event: { site_id: string } }).event.site_id);

eachDatabase('Events of a Splunk webhook', (database) => {
  let url: string;
  let server: TestServer;
  let receiver: Receiver;
  let accountId: string;
  let publishedSoFar: number;

  before(async () => {
    url = await database.createUrl();
    server = await startHookwatch(url, {
      ...{ RETRY_SCHEDULE: '50ms,50ms', QUICK_RETRIES: '0' },
      ...{ BATCH_MAX_EVENTS: '4', BATCH_MAX_BYTES: '4kb' },
    });
  });

  beforeEach(async () => {
    receiver = await startReceiver();
    receiver.always(success);
    publishedSoFar = 0;
    accountId = await createAccount(server.operator, `Batches ${receiver.port}`, server.accountId);
  });

  afterEach(() => receiver.close());

  after(() => server.stop());

  const connect = (splunk: object = {}): Promise<string> =>
    createWebhook(server.operator, {
      ...{ accountId, provider: 'SPLUNK', targetUrl: receiver.url, secretKey, splunk },
    });

  /** Events of sites 0, 1, 2, …; each a minute before the one that is published in front of it. */
  const events = (count: number, data: object = {}): object[] =>
    Array.from({ length: count }, (_, index) =>
      newBehavior(accountId, {
        siteId: String(index),
        occurredAt: new Date(Date.UTC(2026, 0, 1, 12, -index)).toISOString(),
        data: { script_name: 'Tag', behavior_name: 'Transfer', site_script_id: 's', ...data },
      }),
    );

  /** Publishes, and follows the log from its start until everything has its final status. */
  async function deliver(...published: object[]): Promise<LoggedAttempt[]> {
    const isFinal = ({ nextAttemptAt, delivery }: LoggedAttempt): boolean =>
      nextAttemptAt === null && ['SUCCEEDED', 'FAILED'].includes(delivery!.status);
    publishedSoFar += published.length;
    const live = liveAttempts(
      server.operator,
      (seen) => new Set(seen.filter(isFinal).map(({ delivery }) => delivery!.id)).size === publishedSoFar,
      { accountId },
    );
    await publish(server.operator, ...published);
    return live;
  }

  const requests = (): string[][] => receiver.requests.map(({ body }) => sitesIn(body));

  it('go out together when they are due together, the oldest first, and share one request in the log', async () => {
    await connect();
    const log = await deliver(...events(3));
    expect(requests()).to.deep.equal([['2', '1', '0']]);
    expect(log.map(({ batchSize, outcome }) => [batchSize, outcome])).to.deep.equal([
      [3, 'SUCCEEDED'],
      [3, 'SUCCEEDED'],
      [3, 'SUCCEEDED'],
    ]);
    const lines = receiver.requests[0]!.body.split('\n');
    for (const { request, delivery } of log) {
      expect(request.bodyTruncated).to.equal(true);
      expect(request.body).to.equal(lines.find((line) => line.includes(delivery!.id)));
      expect(request.headers).to.deep.include({ name: 'authorization', value: 'Splunk ${SECRET_KEY}' });
    }
    expect(log[0]!.response).to.deep.equal({ startLine: 'HTTP/1.1 200 OK', body: success.body });
    expect(log[0]!.curl).to.contain(log[0]!.delivery!.id).and.not.contain(log[1]!.delivery!.id);
    const storage = await openTestStorage(url);
    const stored = await storage.read.query<Array<{ event_count: number; packed_body: Buffer }>>(
      `select event_count, packed_body from shared_requests where id in
         (select shared_request_id from attempts where account_id = ?)`,
      [accountId],
    );
    await storage.dispose();
    expect(stored).to.have.lengthOf(1);
    expect(gunzipSync(stored[0]!.packed_body).toString()).to.equal(receiver.requests[0]!.body);
  });

  it('never wait for company', async () => {
    await connect();
    let release = (): void => {};
    receiver.reply(() => new Promise((resolve) => (release = () => resolve(success))));
    await publish(server.operator, ...events(1));
    await receiver.waitFor(1);
    await publish(server.operator, ...events(1));
    await receiver.waitFor(2);
    release();
  });

  it('go out in as many requests as their number asks for', async () => {
    await connect();
    await deliver(...events(10));
    expect(requests().map(({ length }) => length)).to.have.members([4, 4, 2]);
    expect(requests().flat()).to.have.members(Array.from({ length: 10 }, (_, index) => String(index)));
  });

  it('go out in as many requests as their size asks for, one that is larger alone', async () => {
    await connect();
    await deliver(...events(4, { padding: 'x'.repeat(1_000) }), ...events(1, { padding: 'é'.repeat(4_000) }));
    const sizes = receiver.requests.map(({ body }) => Buffer.byteLength(body));
    expect(sizes.filter((size) => size > 4_000)).to.have.lengthOf(1);
    expect(Math.max(...sizes)).to.be.greaterThan(8_000);
    expect(requests().filter(({ length }) => length > 1)).to.not.deep.equal([]);
  });

  it('go out one by one where batching is switched off', async () => {
    await connect({ batch: false });
    const log = await deliver(...events(3));
    expect(requests().map(({ length }) => length)).to.deep.equal([1, 1, 1]);
    expect(log.map(({ batchSize }) => batchSize)).to.deep.equal([1, 1, 1]);
  });

  it('go out one by one when another provider is chosen while they wait', async () => {
    receiver.always({ status: 403, body: '{"text":"Invalid token","code":4}' });
    const id = await connect();
    const held = liveAttempts(server.operator, (seen) => seen.length === 3, { accountId });
    await publish(server.operator, ...events(3));
    await held;
    receiver.always(200);
    await saveWebhook(server.operator, { id, expectedVersion: 1, provider: 'CUSTOM' });
    await receiver.waitFor(4);
    expect(new Set(receiver.requests.slice(1).map(({ headers }) => headers['webhook-id']))).to.have.lengthOf(
      3,
    );
  });

  it('fail and are tried again together, which counts as one failed round', async () => {
    const busy = { status: 503, body: '{"text":"Server is busy","code":9}' };
    receiver.reply(busy, busy);
    await connect();
    const log = await deliver(...events(4));
    // After five failed rounds a probe would go out alone.
    expect(requests()).to.deep.equal(Array(3).fill(['3', '2', '1', '0']));
    expect(log.map(({ number, trigger }) => `${number} ${trigger}`)).to.deep.equal([
      ...Array<string>(4).fill('1 EVENT'),
      ...Array<string>(4).fill('2 RETRY'),
      ...Array<string>(4).fill('3 RETRY'),
    ]);
  });

  it('go on without the one that Splunk cannot read', async () => {
    receiver.reply({
      status: 400,
      body: '{"text":"Invalid data format","code":6,"invalid-event-number":1}',
    });
    await connect();
    const log = await deliver(...events(4));
    expect(requests()).to.deep.equal([
      ['3', '2', '1', '0'],
      ['3', '1', '0'],
    ]);
    const last = new Map(log.map((attempt) => [attempt.delivery!.id, attempt]));
    const siteOf = ({ request }: LoggedAttempt): string => sitesIn(request.body!)[0]!;
    expect(
      [...last.values()].map((attempt) => `${siteOf(attempt)} ${attempt.delivery!.status}`),
    ).to.have.members(['0 SUCCEEDED', '1 SUCCEEDED', '2 FAILED', '3 SUCCEEDED']);
    const innocent = log.find((attempt) => siteOf(attempt) === '0')!;
    expect(innocent).to.include({ outcome: 'RETRYABLE', httpStatus: 400, hecCode: 6 });
    expect(innocent.hint).to.contain('Another event');
  });

  it('are divided until the bad one is found where Splunk does not name it', async () => {
    receiver.always(({ body }) =>
      sitesIn(body).includes('2') ? { status: 400, body: '{"text":"No data","code":5}' } : success,
    );
    await connect();
    const log = await deliver(...events(4));
    expect(requests()).to.deep.equal([['3', '2', '1', '0'], ['3', '2'], ['3'], ['2'], ['1', '0']]);
    const failed = log.filter(({ delivery }) => delivery!.status === 'FAILED');
    expect(failed.at(-1)).to.include({ outcome: 'PERMANENT', hecCode: 5, number: 3 });
    expect(new Set(failed.map(({ delivery }) => delivery!.id))).to.have.lengthOf(1);
  });

  it('are divided when they are too large together, and later ones are smaller from the start', async () => {
    receiver.always(({ body }) => (sitesIn(body).length > 2 ? { status: 413, body: '<html>' } : success));
    await connect();
    await deliver(...events(4));
    expect(requests()).to.deep.equal([
      ['3', '2', '1', '0'],
      ['3', '2'],
      ['1', '0'],
    ]);
    await deliver(...events(4));
    expect(
      requests()
        .slice(3)
        .map(({ length }) => length),
    ).to.deep.equal([2, 2]);
    receiver.always({ status: 413 });
    const [alone] = (await deliver(...events(1))).slice(-1);
    expect(alone).to.include({ outcome: 'PERMANENT', httpStatus: 413 });
    expect(alone!.delivery).to.include({ status: 'FAILED', attemptCount: 1 });
  });

  describe('sent to a collector', () => {
    let hec: FakeHec;
    let indexed: HecEvent[];

    beforeEach(async () => {
      indexed = [];
      hec = await startFakeHec({
        tokens: [{ value: secretKey }],
        onEvents: (arrived) => void indexed.push(...arrived),
      });
    });

    afterEach(() => hec.close());

    it('go out compressed where that is switched on, and are logged as text', async () => {
      await createWebhook(server.operator, {
        ...{ accountId, provider: 'SPLUNK', targetUrl: hec.url, secretKey, splunk: { gzip: true } },
      });
      await deliver(...events(3));
      await deliver(...events(1));
      expect(indexed).to.have.lengthOf(4);
      for (const { request, curl } of await attempts(server.operator, { accountId })) {
        expect(request.headers).to.deep.include({ name: 'content-encoding', value: 'gzip' });
        expect(sitesIn(request.body!)).to.have.lengthOf(1);
        expect(curl).to.not.contain('gzip');
      }
    });
  });
});
