import { setTimeout as wait } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import type { Logger } from '../observability/logger.js';
import { inList } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';
import { idOfTime } from '../storage/ids.js';
import { coarsenStatistics, HOUR_MS } from './statistics.js';

/** Removes what is old, in small batches that leave the database to deliveries most of the time. */
export interface Retention {
  /** Sweeps now and every ten minutes. */
  start(): void;
  /** Removes all that is old now; sweeps of several workers share the work. */
  sweep(): Promise<Removed>;
  /** Ends after the batch under way. */
  dispose(): Promise<void>;
}

export interface Removed {
  deliveries: number;
  events: number;
  tests: number;
}

export interface RetentionDeps {
  storage: Storage;
  logger: Logger;
  /** How long a delivery and its event are kept after its end. */
  retentionMs: number;
}

const SWEEP_EVERY_MS = 600_000;
const BATCH = 200;
const SHORTEST_PAUSE_MS = 20;
/** A batch is followed by a pause of so many times its own duration. */
const PAUSE_FACTOR = 3;
/** Five-minute statistics older than this become hourly ones. */
const FINE_STATISTICS_MS = 48 * HOUR_MS;

/** Handles up to a batch of rows after a key; answers the last key it handled and how many, null: none are left. */
type Batch = (manager: EntityManager, after: string) => Promise<{ last: string; count: number } | null>;

export function createRetention({ storage, logger, retentionMs }: RetentionDeps): Retention {
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<unknown> = Promise.resolve();
  const stopping = new AbortController();

  async function inBatches(batch: Batch): Promise<number> {
    let total = 0;
    for (let after = ''; !stopping.signal.aborted;) {
      const startedAt = performance.now();
      const from = after;
      const done = await storage.write((manager) => batch(manager, from));
      if (!done) break;
      total += done.count;
      after = done.last;
      const pauseMs = Math.max(SHORTEST_PAUSE_MS, PAUSE_FACTOR * (performance.now() - startedAt));
      await wait(pauseMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
    return total;
  }

  async function sweep(): Promise<Removed> {
    const now = await storage.now(storage.read);
    const before = now - retentionMs;
    const removed = {
      deliveries: await inBatches((manager, after) => removeDeliveries(storage, manager, after, before)),
      events: await inBatches((manager, after) => removeEvents(manager, after, before)),
      tests: await inBatches((manager, after) => removeTests(manager, after, before)),
    };
    await inBatches(async (manager) => {
      const count = await coarsenStatistics(storage, manager, now - FINE_STATISTICS_MS);
      return count === 0 ? null : { last: '', count };
    });
    if (Object.values(removed).some((count) => count > 0)) logger.info(removed, 'retention.removed');
    return removed;
  }

  const sweepOrLog = (): void => {
    running = running
      .then(sweep)
      .catch((error: Error) => logger.error({ reason: error.message }, 'retention.failed'));
  };

  return {
    sweep,
    start() {
      sweepOrLog();
      timer = setInterval(sweepOrLog, SWEEP_EVERY_MS);
    },
    async dispose() {
      stopping.abort();
      if (timer) clearInterval(timer);
      await running;
    },
  };
}

const asBatch = (rows: Array<{ id: string }>): { last: string; count: number } | null =>
  rows.length === 0 ? null : { last: rows.at(-1)!.id, count: rows.length };

const remove = (manager: EntityManager, table: string, column: string, ids: string[]): Promise<unknown> =>
  manager.query(`delete from ${table} where ${inList(column, ids)}`, ids);

/** Final deliveries and their attempts; what still waits, for its time or for a person, stays however old it is. */
async function removeDeliveries(
  storage: Storage,
  manager: EntityManager,
  after: string,
  before: number,
): ReturnType<Batch> {
  const rows = await manager.query<Array<{ id: string }>>(
    `select id from deliveries where id > ? and id < ? and status in ('SUCCEEDED', 'FAILED', 'CANCELLED')
       and completed_at < ? order by id limit ${BATCH} ${storage.sql.skipLocked}`,
    [after, idOfTime('dlv', before), before],
  );
  const ids = rows.map(({ id }) => id);
  await releaseSharedRequests(manager, ids);
  await remove(manager, 'attempts', 'delivery_id', ids);
  await remove(manager, 'deliveries', 'id', ids);
  return asBatch(rows);
}

/** What a batch's attempts share goes with the last of them. */
async function releaseSharedRequests(manager: EntityManager, deliveryIds: string[]): Promise<void> {
  const shared = await manager.query<Array<{ id: string; count: number | string }>>(
    `select shared_request_id as id, count(*) as count from attempts
      where ${inList('delivery_id', deliveryIds)} and shared_request_id is not null group by shared_request_id
      order by shared_request_id`,
    deliveryIds,
  );
  for (const { id, count } of shared)
    await manager.query('update shared_requests set attempts_left = attempts_left - ? where id = ?', [
      Number(count),
      id,
    ]);
  const ids = shared.map(({ id }) => id);
  await manager.query(`delete from shared_requests where attempts_left <= 0 and ${inList('id', ids)}`, ids);
}

/** Events without deliveries, be it that none were made. */
async function removeEvents(manager: EntityManager, after: string, before: number): ReturnType<Batch> {
  const rows = await manager.query<Array<{ id: string }>>(
    `select id from events where id > ? and id < ?
       and not exists (select 1 from deliveries where deliveries.event_id = events.id) order by id limit ${BATCH}`,
    [after, idOfTime('evt', before)],
  );
  await remove(
    manager,
    'events',
    'id',
    rows.map(({ id }) => id),
  );
  return asBatch(rows);
}

/** Attempts that belong to no delivery: those of the Test button. */
async function removeTests(manager: EntityManager, after: string, before: number): ReturnType<Batch> {
  const rows = await manager.query<Array<{ id: string }>>(
    `select id from attempts where delivery_id is null and id > ? and id < ? order by id limit ${BATCH}`,
    [after, idOfTime('att', before)],
  );
  await remove(
    manager,
    'attempts',
    'id',
    rows.map(({ id }) => id),
  );
  return asBatch(rows);
}
