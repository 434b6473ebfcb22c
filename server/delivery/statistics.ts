import type { EntityManager } from 'typeorm';
import { addCounts, type SqlValue } from '../storage/bulk.js';
import { AttemptOutcome, type Attempt } from '../storage/entities/attempt.js';
import { AttemptTrigger } from '../storage/entities/delivery.js';
import { bucketOf } from './histogram.js';

/** The recorder counts in slots of five minutes; retention makes whole hours of them when they are old. */
export const SLOT_MS = 300_000;
export const HOUR_MS = 3_600_000;

export const STATISTICS_TABLE = 'attempt_statistics';
export const STATISTICS_KEY = ['webhook_id', 'slot_at', 'succeeded', 'reply', 'bucket'];

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
