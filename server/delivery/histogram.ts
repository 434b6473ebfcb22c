/*
 * A histogram of durations with exponential buckets: bucket 0 holds what took less than 1 ms, bucket n from
 * GROWTH^(n-1) to GROWTH^n ms. A percentile read from it is off by less than 10 %, whatever the scale.
 */
const GROWTH = 1.2;
const LAST_BUCKET = 80;

/** The bucket of a duration, from 0 to 80 (36 minutes and more). */
export function bucketOf(ms: number): number {
  if (!(ms >= 1)) return 0;
  return Math.min(LAST_BUCKET, 1 + Math.floor(Math.log(ms) / Math.log(GROWTH)));
}

/** The duration below which `part` (0 to 1) of what was counted lies, in ms; null when nothing was. */
export function percentileOf(counts: ReadonlyMap<number, number>, part: number): number | null {
  const buckets = [...counts].filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
  let rank = part * buckets.reduce((sum, [, count]) => sum + count, 0);
  for (const [bucket, count] of buckets) {
    if (rank <= count) return middleOf(bucket);
    rank -= count;
  }
  return null;
}

const middleOf = (bucket: number): number => (bucket === 0 ? 0.5 : GROWTH ** (bucket - 0.5));
