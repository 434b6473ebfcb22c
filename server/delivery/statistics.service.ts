import type { Storage } from '../storage/data-source.js';
import { groupBy } from './group-by.js';
import { percentileOf } from './histogram.js';
import { floorTo, HOUR_MS, SLOT_MS, STATISTICS_TABLE } from './statistics.js';
import type { DeliveryStats, StatsBucket, StatsRange } from './statistics.view.js';

/** Reads what the recorder counts. */
export interface StatisticsService {
  statsOf(webhookId: string, range: StatsRange): Promise<DeliveryStats>;
}

const RANGES: Record<StatsRange, { widthMs: number; count: number }> = {
  LAST_HOUR: { widthMs: SLOT_MS, count: 12 },
  LAST_DAY: { widthMs: HOUR_MS, count: 24 },
  LAST_WEEK: { widthMs: 6 * HOUR_MS, count: 28 },
  LAST_MONTH: { widthMs: 24 * HOUR_MS, count: 30 },
};

interface Row {
  start: number | string;
  succeeded: number | boolean;
  reply: string;
  bucket: number;
  count: number | string;
}

export function createStatisticsService(storage: Storage): StatisticsService {
  return {
    async statsOf(webhookId, range) {
      const { widthMs, count } = RANGES[range];
      const newest = floorTo(Date.now(), widthMs);
      const starts = Array.from({ length: count }, (_, index) => newest - (count - 1 - index) * widthMs);
      const rows = await storage.read.query<Row[]>(
        `select slot_at - slot_at % ${widthMs} as start, succeeded, reply, bucket, sum(count) as count
          from ${STATISTICS_TABLE} where webhook_id = ? and slot_at >= ? group by 1, succeeded, reply, bucket`,
        [webhookId, starts[0]],
      );
      const byStart = groupBy(
        rows,
        (row) => Number(row.start),
        (row) => row,
      );
      return toStats(
        rows,
        starts.map((start) => ({ start: new Date(start), ...tally(byStart.get(start) ?? []) })),
      );
    },
  };
}

function tally(rows: readonly Row[]): Omit<StatsBucket, 'start'> {
  const durations = sumBy(rows, ({ bucket }) => bucket);
  const byOutcome = sumBy(rows, ({ succeeded }) => Boolean(succeeded));
  return {
    succeeded: byOutcome.get(true) ?? 0,
    failed: byOutcome.get(false) ?? 0,
    p50Ms: percentileOf(durations, 0.5),
    p95Ms: percentileOf(durations, 0.95),
    p99Ms: percentileOf(durations, 0.99),
  };
}

function toStats(rows: readonly Row[], buckets: StatsBucket[]): DeliveryStats {
  const all = tally(rows);
  const attempts = all.succeeded + all.failed;
  const byReply = [...sumBy(rows, ({ reply }) => reply)].map(([reply, count]) => ({ reply, count }));
  return {
    ...all,
    attempts,
    successRate: attempts === 0 ? null : all.succeeded / attempts,
    buckets,
    byReply: byReply.sort((a, b) => b.count - a.count),
  };
}

function sumBy<K>(rows: readonly Row[], keyOf: (row: Row) => K): Map<K, number> {
  const sums = new Map<K, number>();
  for (const row of rows) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0) + Number(row.count));
  return sums;
}
