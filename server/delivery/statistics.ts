import type { EntityManager } from 'typeorm';
import { addCounts, type SqlValue } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';
import { AttemptOutcome, type Attempt } from '../storage/entities/attempt.js';
import { AttemptTrigger } from '../storage/entities/delivery.js';
import { bucketOf } from './histogram.js';

/** The recorder counts in slots of five minutes; retention makes whole hours of them when they are old. */
export const SLOT_MS = 300_000;
export const HOUR_MS = 3_600_000;

/** How far back five-minute slots are looked for; older ones, of a server that was off for a week, stay as they are. */
const LOOK_BACK_MS = 7 * 24 * HOUR_MS;
const COARSENED_AT_ONCE = 50;

export const STATISTICS_TABLE = 'attempt_statistics';
const STATISTICS_KEY = ['webhook_id', 'slot_at', 'succeeded', 'reply', 'bucket'];

/** Counts attempts by webhook, slot, outcome, reply and duration; tests of a form are not counted. */
export async function countAttempts(manager: EntityManager, attempts: readonly Attempt[]): Promise<void> {
  const counts = new Map<string, { key: SqlValue[]; count: number }>();
  for (const attempt of attempts) {
    if (attempt.trigger === AttemptTrigger.TEST) continue;
    const key = keyOf(attempt);
    const counted = counts.get(key.join(' ')) ?? { key, count: 0 };
    counts.set(key.join(' '), counted);
    counted.count += 1;
  }
  // In one order everywhere, so that two workers cannot wait for each other's rows.
  const rows = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { key, count }]) => [...key, count]);
  await addCounts(manager, STATISTICS_TABLE, STATISTICS_KEY, rows);
}

const keyOf = (attempt: Attempt): SqlValue[] => [
  attempt.webhookId,
  floorTo(attempt.startedAt.getTime(), SLOT_MS),
  attempt.outcome === AttemptOutcome.SUCCEEDED ? 1 : 0,
  String(attempt.httpStatus ?? attempt.errorClass),
  bucketOf(attempt.totalMs),
];

/** The start of the slot of this width that a time lies in. */
export const floorTo = (timeMs: number, widthMs: number): number => timeMs - (timeMs % widthMs);

interface StatisticsSlot {
  webhook_id: string;
  slot_at: number | string;
}

/** Adds some five-minute slots that ended before a time to their hours; answers how many. */
export async function coarsenStatistics(
  storage: Storage,
  manager: EntityManager,
  before: number,
): Promise<number> {
  const slots = await manager.query<StatisticsSlot[]>(
    `select distinct slot_at, webhook_id from ${STATISTICS_TABLE}
      where slot_at >= ? and slot_at < ? and slot_at % ${HOUR_MS} <> 0
      order by slot_at, webhook_id limit ${COARSENED_AT_ONCE}`,
    [before - LOOK_BACK_MS, before],
  );
  for (const slot of slots) await coarsen(storage, manager, slot);
  return slots.length;
}

async function coarsen(storage: Storage, manager: EntityManager, slot: StatisticsSlot): Promise<void> {
  const where = 'webhook_id = ? and slot_at = ?';
  const parameters = [slot.webhook_id, slot.slot_at];
  // Another worker that does the same waits here, and then finds nothing.
  const rows = await manager.query<Array<Record<string, SqlValue>>>(
    `select ${STATISTICS_KEY.join(', ')}, count from ${STATISTICS_TABLE} where ${where} ${storage.sql.forUpdate}`,
    parameters,
  );
  const hour = floorTo(Number(slot.slot_at), HOUR_MS);
  const inHour = rows.map((row) => Object.values({ ...row, slot_at: hour }));
  await addCounts(manager, STATISTICS_TABLE, STATISTICS_KEY, inHour);
  await manager.query(`delete from ${STATISTICS_TABLE} where ${where}`, parameters);
}
