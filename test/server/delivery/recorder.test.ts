import { expect } from 'chai';
import type { NewAttempt } from '../../../server/delivery/attempt-row.js';
import { createQueue, type ClaimedDelivery, type Queue } from '../../../server/delivery/queue.js';
import { createRecorder, type Recorder } from '../../../server/delivery/recorder.js';
import type { FinishedRound } from '../../../server/delivery/round.js';
import { createLogger } from '../../../server/observability/logger.js';
import type { Storage } from '../../../server/storage/data-source.js';
import { eachDatabase } from '../../helpers/databases.js';
import {
  addDeliveries,
  addQueue,
  claimSome,
  ended,
  storedDeliveries,
  type StoredDelivery,
} from '../../helpers/queued.js';
import { openTestStorage } from '../../helpers/storage.js';

const attemptOf = (delivery: ClaimedDelivery, change: Partial<NewAttempt> = {}): NewAttempt => ({
  ...{ deliveryId: delivery.id, webhookId: delivery.webhookId, accountId: delivery.accountId },
  ...{ ownerId: delivery.ownerId, eventType: delivery.eventType, number: 1, trigger: delivery.trigger },
  ...{ outcome: 'SUCCEEDED', startedAt: new Date(), dnsMs: null, connectMs: null, tlsMs: null },
  ...{ firstByteMs: 1, totalMs: 2, httpStatus: 200, hecCode: null, errorClass: null, hint: null },
  ...{ peerAddress: null, tlsVersion: null, nextAttemptAt: null, sharedRequestId: null, sharedRequest: null },
  ...{ url: 'https://receiver.example.com/', requestHeaders: [], requestBody: null },
  ...{ responseLine: 'HTTP/1.1 200 OK', responseHeaders: [], responseBody: 'ok', responseTruncated: false },
  ...change,
});

const finished = (delivery: ClaimedDelivery, change: Partial<NewAttempt> = {}): FinishedRound => ({
  ...ended(delivery, { status: 'SUCCEEDED' }),
  ...{ attempt: attemptOf(delivery, change), ownerPath: '/', slowDown: false },
});

eachDatabase('The recorder', (database) => {
  let storage: Storage;
  let queue: Queue;
  let recorder: Recorder;
  let recorded: Array<{ attempts: number; rounds: number }>;

  before(async () => {
    storage = await openTestStorage(await database.createUrl());
    queue = createQueue({ storage, leaseMs: 60_000, autoDisableAfterMs: 1e9 });
  });

  beforeEach(() => {
    recorded = [];
    recorder = createRecorder({
      ...{ storage, queue, logger: createLogger('silent') },
      onRecorded: (attempts, rounds) =>
        void recorded.push({ attempts: attempts.length, rounds: rounds.length }),
    });
  });

  afterEach(() => recorder.dispose());

  after(() => storage.dispose());

  async function claim(count: number): Promise<ClaimedDelivery[]> {
    const webhookId = await addQueue(storage);
    await addDeliveries(storage, webhookId, count);
    return claimSome(queue, count);
  }

  const stored = (webhookId: string): Promise<Array<{ delivery_id: string }>> =>
    storage.read.query('select delivery_id from attempts where webhook_id = ? order by id', [webhookId]);

  const statuses = async (webhookId: string): Promise<string[]> =>
    (await storedDeliveries(storage, webhookId)).map(({ status }) => status);

  it('ends a delivery whose attempt cannot be stored, and keeps all others’ attempts', async () => {
    const deliveries = await claim(7);
    const [{ webhookId }, , bad] = deliveries as [ClaimedDelivery, ClaimedDelivery, ClaimedDelivery];
    const unstorable = { eventType: null as unknown as 'NEW_SCRIPT' };
    recorder.finish(deliveries.map((delivery) => finished(delivery, delivery === bad ? unstorable : {})));
    await recorder.drain();
    expect(await statuses(webhookId)).to.deep.equal(Array(7).fill('SUCCEEDED'));
    expect((await stored(webhookId)).map((row) => row.delivery_id)).to.deep.equal(
      deliveries.filter((delivery) => delivery !== bad).map(({ id }) => id),
    );
    expect(recorded).to.deep.equal([{ attempts: 6, rounds: 7 }]);
  });

  it('gives up an attempt of no round that cannot be stored, and goes on', async () => {
    const [first, second] = (await claim(2)) as [ClaimedDelivery, ClaimedDelivery];
    recorder.record([attemptOf(first, { outcome: null as unknown as 'SUCCEEDED' }), attemptOf(second)], '/');
    await recorder.drain();
    expect((await stored(first.webhookId)).map((row) => row.delivery_id)).to.deep.equal([second.id]);
  });

  it('stores together what is larger than the database takes in one statement', async () => {
    const deliveries = await claim(120);
    const requestBody = 'x'.repeat(256_000);
    recorder.finish(deliveries.map((delivery) => finished(delivery, { requestBody })));
    await recorder.drain();
    expect(await stored(deliveries[0]!.webhookId)).to.have.lengthOf(120);
    expect(recorded).to.deep.equal([{ attempts: 120, rounds: 120 }]);
  });

  it('logs what a worker sent that had lost its lease, and leaves the delivery to whoever has it', async () => {
    const [lost] = (await claim(1)) as [ClaimedDelivery];
    await queue.release([lost]);
    const [held] = (await claimSome(queue, 1)) as [ClaimedDelivery];
    recorder.finish([finished(lost)]);
    await recorder.drain();
    expect((await stored(lost.webhookId)).map((row) => row.delivery_id)).to.deep.equal([lost.id]);
    const [{ status, lease_token }] = (await storedDeliveries(storage, lost.webhookId)) as [StoredDelivery];
    expect({ status, lease_token }).to.deep.equal({ status: 'PENDING', lease_token: held.leaseToken });
  });
});
