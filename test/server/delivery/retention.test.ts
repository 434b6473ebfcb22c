import { expect } from 'chai';
import { countAttempts } from '../../../server/delivery/statistics.js';
import { createQueue } from '../../../server/delivery/queue.js';
import { createRetention, type Retention } from '../../../server/delivery/retention.js';
import { createLogger } from '../../../server/observability/logger.js';
import { insertRows } from '../../../server/storage/bulk.js';
import type { Storage } from '../../../server/storage/data-source.js';
import { Attempt } from '../../../server/storage/entities/attempt.js';
import { createId, idOfTime } from '../../../server/storage/ids.js';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch } from '../../helpers/hookwatch.js';
import { addDeliveries, addQueue, claimSome, ended } from '../../helpers/queued.js';
import { openTestStorage } from '../../helpers/storage.js';
import { until } from '../../helpers/until.js';

const DAY_MS = 86_400_000;

interface Old {
  status: string;
  ageDays: number;
  /** Since its end, where that was later. */
  endedDaysAgo?: number;
}

/** An id that was made so many days ago. */
const idOfAge = (prefix: 'evt' | 'dlv' | 'att', days: number): string =>
  idOfTime(prefix, Date.now() - days * DAY_MS).slice(0, 14) + createId(prefix).slice(14);

/** Stores an event with one delivery and one attempt, all of some age; answers the delivery's id. */
async function addOld(
  storage: Storage,
  webhookId: string,
  { status, ageDays, endedDaysAgo }: Old,
): Promise<string> {
  const [event, delivery] = [idOfAge('evt', ageDays), idOfAge('dlv', ageDays)];
  const at = Date.now() - ageDays * DAY_MS;
  const isFinal = !['PENDING', 'HELD'].includes(status);
  const endedAt = Date.now() - (endedDaysAgo ?? ageDays) * DAY_MS;
  await storage.write(async (manager) => {
    await insertRows(
      manager,
      'events',
      ['id', 'account_id', 'type', 'occurred_at', 'received_at', 'site_id', 'site_name', 'body'],
      [[event, webhookId, 'NEW_BEHAVIOR', at, at, 's', 'Site', '{}']],
    );
    await insertRows(
      manager,
      'deliveries',
      [
        ...['id', 'event_id', 'webhook_id', 'account_id', 'owner_id', 'event_type', 'status', 'trigger_kind'],
        ...['attempt_count', 'round_count', 'created_at', 'completed_at', 'next_attempt_at'],
      ],
      [
        [
          ...[delivery, event, webhookId, webhookId, webhookId, 'NEW_BEHAVIOR', status, 'EVENT', 1, 1, at],
          ...[isFinal ? endedAt : null, status === 'PENDING' ? at : null],
        ],
      ],
    );
  });
  await addAttempt(storage, webhookId, { deliveryId: delivery, ageDays });
  return delivery;
}

const addAttempt = (
  storage: Storage,
  webhookId: string,
  { deliveryId, ageDays, shared }: { deliveryId: string | null; ageDays: number; shared?: string },
): Promise<void> =>
  storage.write((manager) =>
    insertRows(
      manager,
      'attempts',
      [
        ...[
          'id',
          'delivery_id',
          'webhook_id',
          'account_id',
          'owner_id',
          'event_type',
          'number',
          'trigger_kind',
        ],
        ...['outcome', 'started_at', 'total_ms', 'url', 'request_headers', 'response_truncated'],
        'shared_request_id',
      ],
      [
        [
          ...[
            idOfAge('att', ageDays),
            deliveryId,
            webhookId,
            webhookId,
            webhookId,
            'NEW_BEHAVIOR',
            1,
            'EVENT',
          ],
          ...['SUCCEEDED', Date.now() - ageDays * DAY_MS, 1, 'http://x', '[]', 0],
          shared ?? null,
        ],
      ],
    ),
  );

eachDatabase('Retention', (database) => {
  let url: string;
  let storage: Storage;
  let retention: Retention;
  let webhookId: string;

  before(async () => {
    url = await database.createUrl();
    storage = await openTestStorage(url);
  });

  beforeEach(async () => {
    retention = createRetention({ storage, logger: createLogger('silent'), retentionMs: 30 * DAY_MS });
    webhookId = await addQueue(storage);
  });

  afterEach(() => retention.dispose());

  after(() => storage.dispose());

  const remaining = async (table: string): Promise<number> => {
    const [row] = await storage.read.query<Array<{ count: number | string }>>(
      `select count(*) as count from ${table}`,
    );
    return Number(row!.count);
  };

  const remainingDeliveries = async (): Promise<string[]> =>
    (
      await storage.read.query<Array<{ id: string }>>('select id from deliveries where webhook_id = ?', [
        webhookId,
      ])
    ).map(({ id }) => id);

  const empty = (): Promise<void> =>
    storage.write(async (manager) => {
      for (const table of ['events', 'deliveries', 'attempts']) await manager.query(`delete from ${table}`);
    });

  it('removes old final deliveries with their events and attempts, and nothing that waits or is recent', async () => {
    await empty();
    for (const status of ['SUCCEEDED', 'FAILED', 'CANCELLED'])
      await addOld(storage, webhookId, { status, ageDays: 31 });
    const kept = [
      await addOld(storage, webhookId, { status: 'PENDING', ageDays: 90 }),
      await addOld(storage, webhookId, { status: 'HELD', ageDays: 90 }),
      await addOld(storage, webhookId, { status: 'SUCCEEDED', ageDays: 29 }),
      await addOld(storage, webhookId, { status: 'SUCCEEDED', ageDays: 40, endedDaysAgo: 2 }),
    ];
    await addAttempt(storage, webhookId, { deliveryId: null, ageDays: 31 });
    await addAttempt(storage, webhookId, { deliveryId: null, ageDays: 1 });

    expect(await retention.sweep()).to.deep.equal({ deliveries: 3, events: 3, tests: 1 });

    expect(await remainingDeliveries()).to.have.members(kept);
    expect([await remaining('events'), await remaining('attempts')]).to.deep.equal([4, 5]);
    expect(await retention.sweep()).to.deep.equal({ deliveries: 0, events: 0, tests: 0 });
  });

  it('removes what the attempts of a batch share with the last of them', async () => {
    await empty();
    const shared = createId('req');
    const columns = ['id', 'event_count', 'attempts_left', 'url', 'request_headers', 'packed_body'];
    await storage.write((manager) =>
      insertRows(
        manager,
        'shared_requests',
        [...columns, 'response_truncated'],
        [[shared, 2, 2, 'http://x', '[]', Buffer.from(''), 0]],
      ),
    );
    for (const status of ['SUCCEEDED', 'HELD']) {
      const deliveryId = await addOld(storage, webhookId, { status, ageDays: 60 });
      await addAttempt(storage, webhookId, { deliveryId, ageDays: 60, shared });
    }
    await retention.sweep();
    expect([await remaining('attempts'), await remaining('shared_requests')]).to.deep.equal([2, 1]);

    await storage.write((manager) =>
      manager.query("update deliveries set status = 'CANCELLED', completed_at = 1 where status = 'HELD'"),
    );
    await retention.sweep();
    expect([await remaining('attempts'), await remaining('shared_requests')]).to.deep.equal([0, 0]);
  });

  it('keeps an event while one of its deliveries is kept', async () => {
    await empty();
    const waiting = await addOld(storage, webhookId, { status: 'HELD', ageDays: 60 });
    const sent = await addOld(storage, webhookId, { status: 'SUCCEEDED', ageDays: 60 });
    await storage.write((manager) =>
      manager.query(
        'update deliveries set event_id = (select event_id from (select event_id from deliveries where id = ?) held) where id = ?',
        [waiting, sent],
      ),
    );
    expect(await retention.sweep()).to.include({ deliveries: 1, events: 1 });
    expect(await remainingDeliveries()).to.deep.equal([waiting]);
    expect(await remaining('events')).to.equal(1);
  });

  it('goes on in batches while deliveries are claimed and ended, on two workers at a time', async () => {
    await empty();
    for (let count = 0; count < 450; count += 1)
      await addOld(storage, webhookId, { status: 'SUCCEEDED', ageDays: 31 });
    await addDeliveries(storage, webhookId, 300);
    const queue = createQueue({ storage, leaseMs: 60_000, autoDisableAfterMs: DAY_MS });
    let delivered = 0;
    async function deliver(): Promise<void> {
      while (delivered < 300) {
        const claimed = await claimSome(queue, 20);
        delivered += claimed.length;
        await storage.write((manager) =>
          queue.complete(
            manager,
            claimed.map((delivery) => ended(delivery, { status: 'SUCCEEDED' })),
          ),
        );
      }
    }
    const other = await openTestStorage(url);
    const second = createRetention({
      ...{ storage: other, logger: createLogger('silent'), retentionMs: 30 * DAY_MS },
    });

    const [mine, theirs] = await Promise.all([retention.sweep(), second.sweep(), deliver(), deliver()]);

    await other.dispose();
    // A row that one skipped because the other held a lock beside it is the next sweep's.
    const late = await retention.sweep();
    expect(mine.deliveries + theirs.deliveries + late.deliveries).to.equal(450);
    expect([await remaining('events'), await remaining('deliveries')]).to.deep.equal([300, 300]);
  });

  it('makes hours of old five-minute statistics, once, and loses no count', async () => {
    const counted = (hoursAgo: number, minutes: number): Attempt =>
      Object.assign(new Attempt(), {
        ...{ webhookId, trigger: 'EVENT', outcome: 'SUCCEEDED', httpStatus: 200, totalMs: 5 },
        startedAt: new Date(
          Math.floor(Date.now() / 3_600_000) * 3_600_000 - hoursAgo * 3_600_000 + minutes * 60_000,
        ),
      });
    const old = [0, 4, 5, 30, 59].map((minutes) => counted(72, minutes));
    const recent = [1, 10].map((minutes) => counted(3, minutes));
    await storage.write((manager) => countAttempts(manager, [...old, ...recent]));
    const other = await openTestStorage(url);
    const second = createRetention({
      ...{ storage: other, logger: createLogger('silent'), retentionMs: 30 * DAY_MS },
    });

    await Promise.all([retention.sweep(), second.sweep()]);

    await other.dispose();
    const rows = await storage.read.query<Array<{ count: number | string }>>(
      'select count from attempt_statistics where webhook_id = ? order by slot_at',
      [webhookId],
    );
    expect(rows.map(({ count }) => Number(count))).to.deep.equal([5, 1, 1]);
  });

  it('runs in a server as soon as that starts', async () => {
    await empty();
    await addOld(storage, webhookId, { status: 'FAILED', ageDays: 8 });
    const server = await startHookwatch(url, { RETENTION_DAYS: '7' });
    await until('the old event is gone', async () => (await remaining('events')) === 0);
    expect(await remaining('deliveries')).to.equal(0);
    await server.stop();
  });
});
