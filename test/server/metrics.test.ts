import { expect } from 'chai';
import { eachDatabase } from '../helpers/databases.js';
import { startHookwatch, type TestServer } from '../helpers/hookwatch.js';
import { createToken, createWebhook, liveAttempts, newBehavior, publish } from '../helpers/operations.js';
import { startReceiver, type Receiver } from '../helpers/receiver.js';

eachDatabase('/metrics', (database) => {
  let server: TestServer;
  let receiver: Receiver;
  let token: string;

  before(async () => {
    server = await startHookwatch(await database.createUrl(), { QUICK_RETRIES: '0', RETRY_SCHEDULE: '1h' });
    receiver = await startReceiver();
    token = await createToken(server.operator, server.accountId, 'READ');
  });

  after(async () => {
    await server.stop();
    await receiver.close();
  });

  const scrape = (authorization?: string): Promise<Response> =>
    fetch(`${server.url}/metrics`, { headers: authorization === undefined ? {} : { authorization } });

  /** The value of a line such as `name{label="x"} 1`; null where there is none. */
  async function valueOf(series: string): Promise<number | null> {
    const text = await (await scrape(`Bearer ${token}`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    return line === undefined ? null : Number(line.slice(series.length));
  }

  it('are told to nobody but an operator’s token with the scope READ', async () => {
    const writer = await createToken(server.operator, server.accountId, 'EVENTS_WRITE');
    const refused = [undefined, '', 'Basic eDp5', 'Bearer hw_wrong', `Bearer ${writer}`];
    for (const authorization of refused) {
      const response = await scrape(authorization);
      expect(response.status).to.equal(401);
      expect(await response.text()).not.to.include('hookwatch_events');
    }
    const response = await scrape(`Bearer ${token}`);
    expect(response.status).to.equal(200);
    expect(response.headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/);
  });

  it('count what was published, sent, recorded and waits', async () => {
    receiver.reply(200, 503);
    const id = await createWebhook(server.operator, {
      ...{ accountId: server.accountId, provider: 'CUSTOM', targetUrl: receiver.url },
    });
    const ended = liveAttempts(server.operator, (log) => log.length === 2, { webhookIds: [id] });
    const key = { idempotencyKey: 'once' };
    await publish(server.operator, newBehavior(server.accountId, key));
    await publish(server.operator, newBehavior(server.accountId, key), newBehavior(server.accountId));
    await ended;

    expect(await valueOf('hookwatch_events_published_total')).to.equal(2);
    expect(await valueOf('hookwatch_attempts_total{outcome="SUCCEEDED",reply="2xx"}')).to.equal(1);
    expect(await valueOf('hookwatch_attempts_total{outcome="RETRYABLE",reply="5xx"}')).to.equal(1);
    expect(await valueOf('hookwatch_attempt_duration_seconds_count{outcome="SUCCEEDED"}')).to.equal(1);
    expect(await valueOf('hookwatch_rounds_total{status="PENDING"}')).to.equal(1);
    expect(await valueOf('hookwatch_deliveries_pending')).to.equal(1);
    expect(await valueOf('hookwatch_deliveries_held')).to.equal(0);
    expect(await valueOf('hookwatch_oldest_due_seconds')).to.equal(0);
    expect(await valueOf('hookwatch_worker_in_flight')).to.equal(0);
    expect(await valueOf('hookwatch_worker_leased')).to.equal(0);
    expect(await valueOf('hookwatch_database_errors_total')).to.equal(0);
    expect(await valueOf('process_resident_memory_bytes')).to.be.above(10_000_000);
  });

  it('name no account and no receiver', async () => {
    const text = await (await scrape(`Bearer ${token}`)).text();
    expect(text).not.to.include(server.accountId);
    expect(text).not.to.include('127.0.0.1');
  });
});
