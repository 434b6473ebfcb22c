import { hash, verify } from '@node-rs/argon2';
import type { UserErrorItem } from '../errors.js';

/** Argon2id as OWASP recommends it: 19 MiB, two passes, one lane. */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const MIN_LENGTH = 12;
const MAX_LENGTH = 128;
/** Hashing shares libuv's four threads with DNS look-ups: it may never take them all. */
const MOST_AT_ONCE = 2;

/** Hashes and checks passwords, a few at a time. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes as long for an unknown user, whose hash is null. */
  verify(hashed: string | null, password: string): Promise<boolean>;
}

export function createPasswords(): Passwords {
  const limited = createLimit(MOST_AT_ONCE);
  const hashed = (password: string): Promise<string> => limited(() => hash(password, OPTIONS));
  let decoy: Promise<string> | null = null;
  return {
    hash: hashed,
    async verify(stored, password) {
      decoy ??= hashed('nobody has this password');
      const against = stored ?? (await decoy);
      const matches = await limited(() => verify(against, password));
      return matches && stored !== null;
    },
  };
}

function createLimit(atOnce: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: Array<() => void> = [];
  let running = 0;
  return async (task) => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

/** What is wrong with a new password; its path is the input's field. */
export function checkPassword(password: string, field: string): UserErrorItem[] {
  const wrong = (code: UserErrorItem['code'], message: string): UserErrorItem[] => [
    { path: [field], code, message },
  ];
  if (password.length < MIN_LENGTH)
    return wrong('INVALID', `A password has at least ${MIN_LENGTH} characters.`);
  if (password.length > MAX_LENGTH)
    return wrong('TOO_LONG', `A password has at most ${MAX_LENGTH} characters.`);
  return [];
}
