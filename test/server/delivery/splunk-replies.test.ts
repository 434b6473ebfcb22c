import { expect } from 'chai';
import { startFakeHec, type FakeHec, type HecCode, type HecToken } from '../../../server/demo/fake-hec.js';
import { createSqlite } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import {
  createAccount,
  createWebhook,
  liveAttempts,
  newBehavior,
  publish,
  saveWebhook,
  type LoggedAttempt,
} from '../../helpers/operations.js';
import { startReceiver } from '../../helpers/receiver.js';

type Outcome = 'SUCCEEDED' | 'RETRYABLE' | 'MISCONFIGURED' | 'PERMANENT';

interface Row {
  code: HecCode;
  status: number;
  outcome: Outcome;
  /** What the hint tells the admin to do, or why there is nothing to do; absent on success. */
  hint?: RegExp;
  /** How the collector comes to say it; default: it is in that condition. */
  token?: Partial<HecToken> | null;
  secretKey?: string;
  splunk?: object;
}

const good = '11111111-2222-3333-4444-555555555555';

/** Every code of Splunk's. */
const table: Row[] = [
  { code: 0, status: 200, outcome: 'SUCCEEDED' },
  { code: 1, status: 403, outcome: 'MISCONFIGURED', hint: /Enable it in Splunk/, token: { disabled: true } },
  { code: 2, status: 401, outcome: 'MISCONFIGURED', hint: /Paste the token/ },
  { code: 3, status: 401, outcome: 'MISCONFIGURED', hint: /Paste the token/, secretKey: 'two words' },
  { code: 4, status: 403, outcome: 'MISCONFIGURED', hint: /Paste the token/, secretKey: 'of-yesterday' },
  { code: 5, status: 400, outcome: 'PERMANENT', hint: /proxy or gateway/ },
  { code: 6, status: 400, outcome: 'PERMANENT', hint: /proxy or gateway/ },
  {
    ...{ code: 7, status: 400, outcome: 'MISCONFIGURED', hint: /Enter an index/ },
    ...{ token: { indexes: ['security'] }, splunk: { index: 'elsewhere' } },
  },
  { code: 8, status: 500, outcome: 'RETRYABLE', hint: /splunkd\.log/ },
  { code: 9, status: 503, outcome: 'RETRYABLE', hint: /tried again/ },
  {
    ...{ code: 10, status: 400, outcome: 'MISCONFIGURED', hint: /Switch indexer acknowledgment on here/ },
    token: { acknowledges: true },
  },
  { code: 11, status: 400, outcome: 'MISCONFIGURED', hint: /indexer acknowledgment/ },
  { code: 12, status: 400, outcome: 'PERMANENT', hint: /proxy or gateway/ },
  { code: 13, status: 400, outcome: 'PERMANENT', hint: /proxy or gateway/ },
  { code: 14, status: 400, outcome: 'MISCONFIGURED', hint: /Switch it off here too/ },
  { code: 15, status: 400, outcome: 'PERMANENT', hint: /proxy or gateway/ },
  { code: 16, status: 400, outcome: 'MISCONFIGURED', hint: /query string.*Remove it from the target URL/ },
  { code: 17, status: 200, outcome: 'MISCONFIGURED', hint: /Enter the target URL without a path/ },
  { code: 18, status: 503, outcome: 'RETRYABLE', hint: /indexing capacity/ },
  { code: 19, status: 503, outcome: 'RETRYABLE', hint: /tried again/ },
  { code: 20, status: 503, outcome: 'RETRYABLE', hint: /indexing capacity/ },
  { code: 21, status: 400, outcome: 'MISCONFIGURED', hint: /Paste the token/ },
  { code: 22, status: 400, outcome: 'MISCONFIGURED', hint: /Enable it in Splunk/ },
  { code: 23, status: 503, outcome: 'RETRYABLE', hint: /tried again/ },
  { code: 24, status: 200, outcome: 'SUCCEEDED' },
  { code: 25, status: 200, outcome: 'SUCCEEDED' },
  { code: 26, status: 429, outcome: 'RETRYABLE', hint: /indexing capacity/ },
  { code: 27, status: 429, outcome: 'RETRYABLE', hint: /indexing capacity/ },
];

/** How a round ends, with one retry on the schedule: requests in all, the delivery's state, the webhook's. */
const consequences: Record<Outcome, [requests: number, delivery: string, webhook: string]> = {
  SUCCEEDED: [1, 'SUCCEEDED', 'HEALTHY'],
  RETRYABLE: [2, 'FAILED', 'FAILING'],
  MISCONFIGURED: [1, 'HELD', 'MISCONFIGURED'],
  PERMANENT: [1, 'FAILED', 'HEALTHY'],
};

interface Health {
  state: string;
  reason: string | null;
  hint: string | null;
  heldDeliveries: number;
}

describe('A reply of Splunk’s', () => {
  let database: Awaited<ReturnType<typeof createSqlite>>;
  let server: TestServer;
  let hec: FakeHec;
  let accountId: string;
  let accounts = 0;

  before(async () => {
    database = await createSqlite();
    server = await startHookwatch(database.url, { RETRY_SCHEDULE: '20ms', QUICK_RETRIES: '0' });
  });

  after(async () => {
    await server.stop();
    await database.remove();
  });

  beforeEach(async () => {
    accountId = await createAccount(server.operator, `Replies ${(accounts += 1)}`, server.accountId);
  });

  afterEach(() => hec.close());

  const connect = (change: object = {}): Promise<string> =>
    createWebhook(server.operator, {
      ...{ accountId, provider: 'SPLUNK', targetUrl: hec.url, secretKey: good, ...change },
    });

  const until = (isEnough: (log: LoggedAttempt[]) => boolean): Promise<LoggedAttempt[]> =>
    liveAttempts(server.operator, isEnough, { accountId });

  const isOver = ({ nextAttemptAt }: LoggedAttempt): boolean => nextAttemptAt === null;

  async function healthOf(id: string): Promise<Health> {
    const { webhook } = await server.operator.ask<{ webhook: { health: Health } }>(
      `{ webhook(id: "${id}") { health { state reason hint heldDeliveries } } }`,
    );
    return webhook.health;
  }

  it('is known for every code from 0 to 27', async () => {
    hec = await startFakeHec({ tokens: [] });
    expect(table.map(({ code }) => code)).to.deep.equal(Array.from({ length: 28 }, (_, code) => code));
  });

  for (const { code, status, outcome, hint, token, secretKey = good, splunk } of table) {
    const [requests, deliveryStatus, webhookState] = consequences[outcome];
    it(`with code ${code} makes the attempt ${outcome} and the delivery ${deliveryStatus}`, async () => {
      hec = await startFakeHec({ tokens: [{ value: good, ...token }, { value: 'another-good-token' }] });
      if (!token && secretKey === good) hec.setCondition({ code });
      const id = await connect({ secretKey, splunk });
      const live = until((log) => log.some(isOver));
      await publish(server.operator, newBehavior(accountId));
      const last = (await live).at(-1)!;
      const health = await healthOf(id);

      expect(last).to.include({ outcome, httpStatus: status, hecCode: code, number: requests });
      expect(last.errorClass).to.equal(outcome === 'SUCCEEDED' ? null : 'HEC_REJECTED');
      expect(last.delivery).to.include({ status: deliveryStatus, attemptCount: requests });
      expect(hec.requestCount()).to.equal(requests);
      expect(health.state).to.equal(webhookState);
      if (hint) expect(last.hint).to.match(hint).and.contain(`(code ${code})`);
      else expect(last.hint).to.equal(null);
      if (webhookState !== 'HEALTHY') expect(health).to.include({ reason: 'HEC_REJECTED', hint: last.hint });
      if (outcome !== 'MISCONFIGURED') return;

      expect(health.heldDeliveries).to.equal(1);
      hec.setCondition(null);
      const drained = until((log) => log.some((attempt) => attempt.outcome === 'SUCCEEDED'));
      await saveWebhook(server.operator, { id, expectedVersion: 1, secretKey: 'another-good-token' });
      expect((await drained).at(-1)!.delivery).to.include({ id: last.delivery!.id, status: 'SUCCEEDED' });
      expect(await healthOf(id)).to.include({ state: 'HEALTHY', hint: null, heldDeliveries: 0 });
    });
  }

  it('that is none, with status 200, is no success', async () => {
    hec = await startFakeHec({ tokens: [] });
    const portal = await startReceiver();
    portal.always({ headers: { 'content-type': 'text/html' }, body: '<title>Sign in</title>' });
    const id = await connect({ targetUrl: portal.url });
    const live = until((log) => log.some(isOver));
    await publish(server.operator, newBehavior(accountId));
    expect((await live).at(-1)).to.include({ outcome: 'RETRYABLE', httpStatus: 200, hecCode: null });
    expect(await healthOf(id)).to.include({ state: 'FAILING', reason: 'HEC_REJECTED' });
    await portal.close();
  });

  for (const code of [9, 26] as const)
    it(`with code ${code} and Retry-After is left alone for that long`, async () => {
      hec = await startFakeHec({ tokens: [{ value: good }] });
      hec.setCondition({ code, retryAfter: 3_600 });
      await connect();
      const live = until((log) => log.length > 0);
      await publish(server.operator, newBehavior(accountId));
      const [attempt] = await live;
      const waitMs = Date.parse(attempt!.nextAttemptAt!) - Date.parse(attempt!.startedAt);
      expect(waitMs).to.be.at.least(3_600_000);
      expect(attempt!.delivery).to.include({ status: 'PENDING', attemptCount: 1 });

      await publish(server.operator, newBehavior(accountId));
      // The proof: what another webhook gets later arrives, and the collector was not asked again.
      const proof = await startReceiver();
      await createWebhook(server.operator, { accountId, provider: 'CUSTOM', targetUrl: proof.url });
      await publish(server.operator, newBehavior(accountId));
      await proof.waitFor(1);
      await proof.close();
      expect(hec.requestCount()).to.equal(1);
    });

  for (const code of [24, 25] as const)
    it(`with code ${code} halves the rate: later events go out in smaller helpings`, async () => {
      const helpings: number[] = [];
      hec = await startFakeHec({
        tokens: [{ value: good }],
        onEvents: ({ length }) => void helpings.push(length),
      });
      hec.setCondition({ code });
      await connect();
      const events = Array.from({ length: 8 }, () => newBehavior(accountId));
      const first = until((log) => log.length === 8);
      await publish(server.operator, ...events);
      await first;
      const all = until((log) => log.length === 16);
      await publish(server.operator, ...events);
      await all;
      expect(helpings[0]).to.equal(8);
      expect(helpings.length).to.be.greaterThan(2);
      expect(Math.max(...helpings.slice(1))).to.be.at.most(4);
    });

  it('to the Test button is shown with status, code, text and what to do, and changes nothing', async () => {
    hec = await startFakeHec({ tokens: [{ value: good }] });
    const id = await connect();
    const test = async (secretKey: string): Promise<LoggedAttempt> => {
      const { testWebhook } = await server.operator.ask<{ testWebhook: { attempt: LoggedAttempt } }>(
        `mutation ($input: TestWebhookInput!) { testWebhook(input: $input) {
          attempt { outcome trigger httpStatus hecCode hint response { body } } userErrors { message } } }`,
        { input: { webhookId: id, draft: { secretKey }, eventType: 'NEW_SCRIPT' } },
      );
      return testWebhook.attempt;
    };
    expect(await test('wrong')).to.deep.equal({
      ...{ outcome: 'MISCONFIGURED', trigger: 'TEST', httpStatus: 403, hecCode: 4 },
      hint: 'Splunk does not know this token (code 4). Paste the token of an enabled HTTP Event Collector input.',
      response: { body: '{"text":"Invalid token","code":4}' },
    });
    expect(await test(`Splunk ${good}`)).to.deep.equal({
      ...{ outcome: 'SUCCEEDED', trigger: 'TEST', httpStatus: 200, hecCode: 0, hint: null },
      response: { body: '{"text":"Success","code":0}' },
    });
    expect(await healthOf(id)).to.include({ state: 'HEALTHY' });
  });
});
