/** Limits wrong guesses per key, such as an account or an address. Lives in one process's memory. */
export interface Throttle {
  /** Counts a guess against every key and answers 0; while a key is locked it counts nothing and answers the wait in ms. */
  guess(keys: readonly string[]): number;
  /** Takes back one guess, which was right. */
  takeBack(key: string): void;
  /** Forgets a key's guesses and locks. */
  forget(key: string): void;
}

interface Guesses {
  /** The guesses of the last 15 minutes, oldest first. */
  times: number[];
  /** How often the key was locked; each lock doubles the next. */
  locks: number;
  lockedUntil: number;
}

const GUESSES = 10;
const WINDOW_MS = 15 * 60_000;
const LONGEST_LOCK_MS = 4 * 3_600_000;
/** A key that was quiet so long after its lock starts anew. */
const FORGIVEN_AFTER_MS = 24 * 3_600_000;

/** Ten guesses in any 15 minutes; then the key is locked for 15 minutes, next time 30, and so on up to 4 hours. */
export function createThrottle(now: () => number = () => performance.now(), maxKeys = 50_000): Throttle {
  const byKey = new Map<string, Guesses>();

  function current(key: string): Guesses {
    const known = byKey.get(key);
    if (!known || now() - Math.max(known.lockedUntil, known.times.at(-1) ?? 0) > FORGIVEN_AFTER_MS)
      return { times: [], locks: 0, lockedUntil: 0 };
    return { ...known, times: known.times.filter((time) => now() - time < WINDOW_MS) };
  }

  /** Keys stand in the order of their last guess, so that the longest quiet ones make room. */
  function save(key: string, guesses: Guesses): void {
    byKey.delete(key);
    byKey.set(key, guesses);
    for (const oldest of byKey.keys()) {
      if (byKey.size <= maxKeys) break;
      byKey.delete(oldest);
    }
  }

  function count(key: string): void {
    const { times, locks, lockedUntil } = current(key);
    times.push(now());
    const lockMs = Math.min(LONGEST_LOCK_MS, WINDOW_MS * 2 ** locks);
    if (times.length < GUESSES) save(key, { times, locks, lockedUntil });
    else save(key, { times, locks: locks + 1, lockedUntil: now() + lockMs });
  }

  return {
    guess(keys) {
      const waitMs = Math.max(0, ...keys.map((key) => current(key).lockedUntil - now()));
      if (waitMs === 0) keys.forEach(count);
      return waitMs;
    },
    takeBack(key) {
      const { times, locks, lockedUntil } = current(key);
      if (times.length === 0) return;
      const wasLast = times.length === GUESSES && lockedUntil > now();
      save(key, {
        times: times.slice(0, -1),
        locks: wasLast ? locks - 1 : locks,
        lockedUntil: wasLast ? 0 : lockedUntil,
      });
    },
    forget: (key) => void byKey.delete(key),
  };
}
