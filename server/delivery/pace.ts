/**
 * How fast the events of one webhook go out of this process, and how fast they may.
 *
 * Counted in windows of five seconds, the present and the last one. A receiver that asks for fewer gets half of that
 * rate for thirty seconds, evenly: a bucket fills at that rate and holds a second's worth. It is emptied a quarter of a
 * second's worth at a time, so that batches do not fall apart.
 */
export interface Pace {
  /** Counts events that go out. */
  count(events: number, nowMs: number): void;
  /** The receiver asks for fewer; again, while it gets fewer already, changes nothing. */
  slowDown(nowMs: number): void;
  /** How many events may go out now; Infinity: any number. */
  allowance(nowMs: number): number;
  /** How long until more may go out. */
  waitMs(nowMs: number): number;
  /** Whether nothing need be remembered. */
  isIdle(nowMs: number): boolean;
}

const WINDOW_MS = 5_000;
const SLOW_FOR_MS = 30_000;
const BUCKET_MS = 1_000;
const SLICE_MS = 250;
const SLOWEST_PER_SECOND = 1;

interface Slow {
  untilMs: number;
  perMs: number;
  tokens: number;
  filledAt: number;
}

export function createPace(): Pace {
  let windowAt = 0;
  let present = 0;
  let last = 0;
  let slow: Slow | null = null;

  function roll(nowMs: number): void {
    const passed = nowMs - windowAt;
    if (passed < WINDOW_MS) return;
    last = passed < 2 * WINDOW_MS ? present : 0;
    present = 0;
    windowAt = passed < 2 * WINDOW_MS ? windowAt + WINDOW_MS : nowMs;
  }

  function perSecond(nowMs: number): number {
    const spanMs = nowMs - windowAt + (last > 0 ? WINDOW_MS : 0);
    return ((present + last) * 1_000) / Math.max(1_000, spanMs);
  }

  function fill(bucket: Slow, nowMs: number): void {
    const tokens = bucket.tokens + (nowMs - bucket.filledAt) * bucket.perMs;
    Object.assign(bucket, { tokens: Math.min(tokens, worth(bucket, BUCKET_MS)), filledAt: nowMs });
  }

  /** At least one event. */
  const worth = ({ perMs }: Slow, ms: number): number => Math.max(1, perMs * ms);

  const current = (nowMs: number): Slow | null => (slow && nowMs < slow.untilMs ? slow : (slow = null));

  return {
    count(events, nowMs) {
      roll(nowMs);
      present += events;
      const bucket = current(nowMs);
      if (bucket) bucket.tokens -= events;
    },
    slowDown(nowMs) {
      if (current(nowMs)) return;
      roll(nowMs);
      const perMs = Math.max(SLOWEST_PER_SECOND, perSecond(nowMs) / 2) / 1_000;
      slow = { untilMs: nowMs + SLOW_FOR_MS, perMs, tokens: 0, filledAt: nowMs };
    },
    allowance(nowMs) {
      const bucket = current(nowMs);
      if (!bucket) return Infinity;
      fill(bucket, nowMs);
      return bucket.tokens < worth(bucket, SLICE_MS) ? 0 : Math.floor(bucket.tokens);
    },
    waitMs(nowMs) {
      const bucket = current(nowMs);
      if (!bucket) return 0;
      return Math.min(
        bucket.untilMs - nowMs,
        Math.ceil((worth(bucket, SLICE_MS) - bucket.tokens) / bucket.perMs),
      );
    },
    isIdle: (nowMs) => current(nowMs) === null && nowMs - windowAt > 2 * WINDOW_MS,
  };
}

/** The paces of all webhooks of a worker. */
export interface Paces {
  of(webhookId: string): Pace;
  /** Forgets those of which nothing need be remembered. */
  tidy(nowMs: number): void;
}

export function createPaces(): Paces {
  const paces = new Map<string, Pace>();
  return {
    of(webhookId) {
      const pace = paces.get(webhookId) ?? createPace();
      paces.set(webhookId, pace);
      return pace;
    },
    tidy(nowMs) {
      for (const [webhookId, pace] of paces) if (pace.isIdle(nowMs)) paces.delete(webhookId);
    },
  };
}
