/** Limits wrong guesses per key, such as an account or an address. Lives in one process's memory. */
export interface Throttle {
  /** How long, in ms, the next guess has to wait; 0: now. Whoever asks with no guess left locks the key. */
  wait(keys: readonly string[]): number;
  /** Counts a wrong guess against each key. */
  count(keys: readonly string[]): void;
  /** Forgets a key's guesses and locks. */
  forget(key: string): void;
}

interface Guesses {
  /** The wrong guesses of the last 15 minutes, oldest first. */
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

/** Ten guesses in any 15 minutes; one more locks the key for 15 minutes, next time for 30, and so on up to 4 hours. */
export function createThrottle(now: () => number = () => performance.now(), maxKeys = 50_000): Throttle {
  const byKey = new Map<string, Guesses>();

  function current(key: string): Guesses {
    const known = byKey.get(key);
    if (!known || now() - Math.max(known.lockedUntil, known.times.at(-1) ?? 0) > FORGIVEN_AFTER_MS)
      return { times: [], locks: 0, lockedUntil: 0 };
    return { ...known, times: known.times.filter((time) => now() - time < WINDOW_MS) };
  }

  /** Keys stand in the order of their last change, so that the longest quiet ones make room. */
  function save(key: string, guesses: Guesses): void {
    byKey.delete(key);
    byKey.set(key, guesses);
    for (const oldest of byKey.keys()) {
      if (byKey.size <= maxKeys) break;
      byKey.delete(oldest);
    }
  }

  function lockIfUsedUp(key: string): void {
    const { times, locks } = current(key);
    if (times.length < GUESSES) return;
    const lockMs = Math.min(LONGEST_LOCK_MS, WINDOW_MS * 2 ** locks);
    save(key, { times: [], locks: locks + 1, lockedUntil: now() + lockMs });
  }

  const remaining = (keys: readonly string[]): number =>
    Math.max(0, ...keys.map((key) => current(key).lockedUntil - now()));

  return {
    wait(keys) {
      if (remaining(keys) === 0) keys.forEach(lockIfUsedUp);
      return remaining(keys);
    },
    count(keys) {
      for (const key of keys) {
        const { times, ...rest } = current(key);
        save(key, { times: [...times, now()], ...rest });
      }
    },
    forget: (key) => void byKey.delete(key),
  };
}
