/** A Retry-After is obeyed up to this long. */
const LONGEST_RETRY_AFTER_MS = 24 * 3_600_000;
const JITTER = 0.1;

/** Milliseconds to wait for a Retry-After (RFC 9110, 10.2.3: seconds or an HTTP date); null for anything else. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | null {
  const text = value?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(LONGEST_RETRY_AFTER_MS, Number(text) * 1000);
  if (!/^[A-Za-z]{3,9}, /.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) || at < nowMs ? null : Math.min(LONGEST_RETRY_AFTER_MS, at - nowMs);
}

export interface RoundDelay {
  /** Waits between rounds, in milliseconds. */
  scheduleMs: readonly number[];
  /** Failed rounds before the one that has just ended. */
  roundsDone: number;
  retryAfterMs: number | null;
  random: () => number;
}

/** How long until the next round, ±10 % at random; Retry-After only lengthens it; null: the schedule is exhausted. */
export function nextRoundDelayMs({
  scheduleMs,
  roundsDone,
  retryAfterMs,
  random,
}: RoundDelay): number | null {
  const base = scheduleMs[roundsDone];
  if (base === undefined) return null;
  const jittered = Math.round(base * (1 - JITTER + 2 * JITTER * random()));
  return Math.max(jittered, Math.min(LONGEST_RETRY_AFTER_MS, retryAfterMs ?? 0));
}
