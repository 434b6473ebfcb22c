/** A Retry-After is obeyed up to this long. */
const LONGEST_RETRY_AFTER_MS = 24 * 3_600_000;
const JITTER = 0.1;

/** The three forms of an HTTP date (RFC 9110, 5.6.7), all in GMT; only the first is still sent by most. */
const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const RFC_850_DATE = /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME_DATE = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/**
 * Milliseconds to wait for a Retry-After (RFC 9110, 10.2.3: seconds or an HTTP date), at most 24 h; null for anything
 * else, and for a date that has passed.
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | null {
  const text = value?.trim() ?? '';
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : parseHttpDate(text) - nowMs;
  return waitMs >= 0 ? Math.min(LONGEST_RETRY_AFTER_MS, waitMs) : null;
}

/** NaN for what is no HTTP date: `Date.parse` alone would guess. */
function parseHttpDate(text: string): number {
  if (IMF_FIXDATE.test(text) || RFC_850_DATE.test(text)) return Date.parse(text);
  return ASCTIME_DATE.test(text) ? Date.parse(`${text} GMT`) : NaN;
}

export interface RoundDelay {
  /** Waits between rounds, in milliseconds. */
  scheduleMs: readonly number[];
  /** Failed rounds before the one that has just ended. */
  roundsDone: number;
  /** From `parseRetryAfter`. */
  retryAfterMs: number | null;
  /** From 0 to below 1. */
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
