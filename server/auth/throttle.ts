/** Counts wrong guesses, per account and per address, and says how long to wait. */
export interface Throttle {
  /** Seconds until the next guess of these keys is let through; 0: now. */
  waitSeconds(keys: readonly string[], nowMs: number): number;
  /** Counts a guess before its outcome is known. */
  count(keys: readonly string[], nowMs: number): void;
  /** Forgets a key whose guess was right. */
  forget(key: string): void;
}

const FREE_GUESSES = 10;
const WINDOW_MS = 15 * 60_000;
const LONGEST_LOCK_MS = 24 * 3_600_000;
const MAX_KEYS = 50_000;

interface Guesses {
  count: number;
  firstAt: number;
  lastAt: number;
}

/** Ten guesses in 15 minutes are free; each further one doubles the wait, from one minute up to a day. */
export function createThrottle(): Throttle {
  const byKey = new Map<string, Guesses>();

  function lockedUntil(key: string): number {
    const guesses = byKey.get(key);
    if (!guesses || guesses.count < FREE_GUESSES) return 0;
    return guesses.lastAt + Math.min(LONGEST_LOCK_MS, 60_000 * 2 ** (guesses.count - FREE_GUESSES));
  }

  return {
    waitSeconds: (keys, nowMs) =>
      Math.max(0, ...keys.map((key) => Math.ceil((lockedUntil(key) - nowMs) / 1000))),
    count(keys, nowMs) {
      for (const key of keys) {
        const before = byKey.get(key);
        const expired =
          !before || (nowMs - before.firstAt > WINDOW_MS && lockedUntil(key) + WINDOW_MS < nowMs);
        byKey.delete(key);
        byKey.set(
          key,
          expired
            ? { count: 1, firstAt: nowMs, lastAt: nowMs }
            : { ...before, count: before.count + 1, lastAt: nowMs },
        );
      }
      for (const key of byKey.keys()) {
        if (byKey.size <= MAX_KEYS) break;
        byKey.delete(key);
      }
    },
    forget: (key) => void byKey.delete(key),
  };
}
