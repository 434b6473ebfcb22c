import { EventEmitter, once } from 'node:events';
import { expect } from 'chai';
import type { Config } from '../../../server/config.js';
import { startFakeHec, type FakeHec, type HecEvent } from '../../../server/demo/fake-hec.js';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import {
  attempts,
  createWebhook,
  liveAttempts,
  newBehavior,
  publish,
  saveWebhook,
} from '../../helpers/operations.js';
import { until } from '../../helpers/until.js';

const withAck = 'aaaaaaaa-2222-3333-4444-555555555555';
const without = 'bbbbbbbb-2222-3333-4444-555555555555';

eachDatabase('Indexer acknowledgment', (database) => {
  let url: string;
  let server: TestServer;
  let hec: FakeHec;
  let heard: EventEmitter;
  let sent: HecEvent[];
  let asked: number[][];

  beforeEach(async () => {
    url = await database.createUrl();
    heard = new EventEmitter();
    [sent, asked] = [[], []];
    hec = await startFakeHec({
      tokens: [{ value: withAck, acknowledges: true }, { value: without }],
      onEvents(events) {
        sent.push(...events);
        heard.emit('events');
      },
      onQuestion(ids) {
        asked.push([...ids]);
        heard.emit('question');
      },
    });
  });

  afterEach(async () => {
    await server.stop();
    await hec.close();
  });

  const start = async (
    times: Partial<Pick<Config, 'ackPollMs' | 'ackTimeoutMs'>> = {},
    environment: Record<string, string> = {},
  ): Promise<void> => {
    server = await startHookwatch(url, environment, { ackPollMs: 30, ...times });
  };

  const connect = (change: object = {}): Promise<string> =>
    createWebhook(server.operator, {
      ...{ accountId: server.accountId, provider: 'SPLUNK', targetUrl: hec.url, secretKey: withAck },
      ...{ splunk: { useAck: true }, ...change },
    });

  /** Publishes events; answers the ids of their deliveries. */
  async function send(count: number): Promise<string[]> {
    const events = Array.from({ length: count }, () => newBehavior(server.accountId));
    const results = await publish(server.operator, ...events);
    const ids = results.map((result) => result.event!.id);
    const found = await Promise.all(
      ids.map((id) =>
        server.operator.ask<{ event: { deliveries: Array<{ id: string }> } }>(
          `{ event(id: "${id}") { deliveries { id } } }`,
        ),
      ),
    );
    return found.flatMap(({ event }) => event.deliveries.map(({ id }) => id));
  }

  async function statusesOf(ids: string[]): Promise<string[]> {
    const nodes = ids.map((id, index) => `d${index}: delivery(id: "${id}") { status }`);
    const found = await server.operator.ask<Record<string, { status: string }>>(`{ ${nodes.join(' ')} }`);
    return Object.values(found).map(({ status }) => status);
  }

  const reach = (ids: string[], status: string): Promise<boolean> =>
    until(`all are ${status}`, async () => (await statusesOf(ids)).every((reached) => reached === status));

  const idsOf = (events: HecEvent[]): unknown[] =>
    events.map(({ fields }) => fields!['hookwatch_delivery_id']);

  it('makes deliveries wait until Splunk confirms them, and is never asked for twice once it has', async () => {
    hec.setIndexing(false);
    await start();
    await connect();
    const early = await send(3);
    await once(heard, 'question');
    await once(heard, 'question');
    expect(await statusesOf(early)).to.deep.equal(['PENDING', 'PENDING', 'PENDING']);
    for (const attempt of await attempts(server.operator))
      expect(attempt).to.include({ outcome: 'SUCCEEDED', hecCode: 0, nextAttemptAt: null });

    hec.setIndexing(true);
    await reach(early, 'SUCCEEDED');
    const confirmed = new Set(asked.flat());
    asked = [];
    await reach(await send(2), 'SUCCEEDED');
    expect(asked.flat().filter((id) => confirmed.has(id))).to.deep.equal([]);
    expect(idsOf(sent)).to.have.lengthOf(5);
    expect(new Set(idsOf(sent))).to.have.lengthOf(5);
  });

  it('that does not come in time makes the events go out again with the same ids', async () => {
    hec.setIndexing(false);
    await start({ ackTimeoutMs: 100 });
    await connect();
    const ids = await send(2);
    while (sent.length < 4) await once(heard, 'events');
    hec.setIndexing(true);
    await reach(ids, 'SUCCEEDED');
    expect(new Set(idsOf(sent))).to.deep.equal(new Set(ids));
    expect(new Set(sent.map(({ fields }) => fields!['hookwatch_event_id']))).to.have.lengthOf(2);
    const triggers = (await attempts(server.operator)).map(({ number, trigger }) => `${number} ${trigger}`);
    expect(triggers).to.include.members(['1 EVENT', '2 RETRY']);
  });

  it('that never comes ends the delivery with the schedule', async () => {
    hec.setIndexing(false);
    await start({ ackTimeoutMs: 50 }, { RETRY_SCHEDULE: '20ms' });
    await connect();
    const ids = await send(1);
    await reach(ids, 'FAILED');
    expect(hec.requestCount()).to.equal(2);
  });

  it('is asked for by the next process when this one ends between request and answer', async () => {
    hec.setIndexing(false);
    await start();
    await connect();
    const ids = await send(2);
    await once(heard, 'question');
    await server.stop();
    hec.setIndexing(true);
    await start();
    await reach(ids, 'SUCCEEDED');
    expect(hec.requestCount()).to.equal(1);
  });

  it('of a collector that begins to count again is not taken for that of an earlier request', async () => {
    hec.setIndexing(false);
    await start({ ackTimeoutMs: 1_500 });
    await connect();
    const lost = await send(1);
    await once(heard, 'question');
    hec.forget();
    const recorded = liveAttempts(server.operator, (log) => log.length === 2);
    const later = await send(1);
    await recorded;
    hec.setIndexing(true);
    await reach(later, 'SUCCEEDED');
    expect(await statusesOf(lost)).to.deep.equal(['PENDING']);
    await reach(lost, 'SUCCEEDED');
    expect(idsOf(sent)).to.deep.equal([...lost, ...later, ...lost]);
  });

  it('that Splunk does not promise holds the queue and says what to switch', async () => {
    await start();
    const id = await connect({ secretKey: without });
    const live = liveAttempts(server.operator, (log) => log.length > 0);
    const ids = await send(1);
    const [attempt] = await live;
    expect(attempt).to.include({ outcome: 'MISCONFIGURED', errorClass: 'ACK_MISSING', hecCode: 0 });
    expect(attempt!.hint).to.contain('switch indexer acknowledgment on');
    expect(await statusesOf(ids)).to.deep.equal(['HELD']);
    await saveWebhook(server.operator, { id, expectedVersion: 1, splunk: { useAck: false } });
    await reach(ids, 'SUCCEEDED');
    expect(asked).to.deep.equal([]);
  });

  it('is not asked for where it is not switched on', async () => {
    await start();
    await connect({ secretKey: without, splunk: { useAck: false } });
    await reach(await send(1), 'SUCCEEDED');
    await connect();
    // The proof: what is asked for now is the other webhook's.
    const [, ...later] = await send(1);
    await once(heard, 'question');
    expect(later).to.have.lengthOf(1);
    expect(asked[0]).to.deep.equal([0]);
  });
});
