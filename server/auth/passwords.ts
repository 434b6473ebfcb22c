import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { RequestError, type UserErrorItem } from '../errors.js';

/** Argon2id as OWASP recommends it: 19 MiB, two passes, one lane. */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const MIN_LENGTH = 12;
const MAX_LENGTH = 128;
/** Hashing shares libuv's four threads with DNS look-ups and files: it never takes more than half. */
const MOST_AT_ONCE = 2;
/** Beyond this many, waiting would outlast a browser's patience. */
const MOST_WAITING = 200;

/** Hashes and checks passwords, a few at a time; RATE_LIMITED when too many wait. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes as long for an unknown user, whose hash is null. */
  verify(hashed: string | null, password: string): Promise<boolean>;
}

export function createPasswords(): Passwords {
  const limited = createLimit(MOST_AT_ONCE, MOST_WAITING);
  const decoy = createDecoy();
  return {
    hash: (password) => limited(() => hash(normalize(password), OPTIONS)),
    async verify(stored, password) {
      const matches = await limited(() => verify(stored ?? decoy, normalize(password)));
      return matches && stored !== null;
    },
  };
}

/** What one keyboard composes and another does not is the same password (NIST SP 800-63B, 3.1.1.2). */
const normalize = (password: string): string => password.normalize('NFKC');

/** A hash of no password at all, which costs as much to check as any other. */
function createDecoy(): string {
  const random = (bytes: number): string => randomBytes(bytes).toString('base64').replace(/=+$/, '');
  const { memoryCost, timeCost, parallelism } = OPTIONS;
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${random(16)}$${random(32)}`;
}

function createLimit(atOnce: number, atMostWaiting: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: Array<() => void> = [];
  let running = 0;
  return async (task) => {
    if (running < atOnce) running += 1;
    else if (waiting.length < atMostWaiting) await new Promise<void>((resolve) => waiting.push(resolve));
    else throw new RequestError('RATE_LIMITED', 'Too many people sign in at this moment: try again shortly.');
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

/** What is wrong with a new password; `field` is its path in the input. */
export function checkPassword(password: string, field: string): UserErrorItem[] {
  const length = [...normalize(password)].length;
  if (length < MIN_LENGTH)
    return [{ path: [field], code: 'INVALID', message: `A password has at least ${MIN_LENGTH} characters.` }];
  if (length > MAX_LENGTH)
    return [{ path: [field], code: 'TOO_LONG', message: `A password has at most ${MAX_LENGTH} characters.` }];
  return [];
}
