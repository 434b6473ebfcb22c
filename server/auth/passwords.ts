import { randomBytes } from 'node:crypto';
import { RequestError, type UserErrorItem } from '../errors.js';
import { createPasswordThread } from './password-thread.js';
import { ARGON2_OPTIONS, type PasswordAnswer, type PasswordTask } from './password-worker.js';

const MIN_LENGTH = 12;
const MAX_LENGTH = 128;
/** Beyond this many, waiting would outlast a browser's patience. */
const MOST_WAITING = 200;

/** Hashes and checks passwords, one after another; RATE_LIMITED when too many wait. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes as long for an unknown user, whose hash is null. */
  verify(hashed: string | null, password: string): Promise<boolean>;
}

export function createPasswords(): Passwords {
  const thread = createPasswordThread();
  const decoy = createDecoy();
  let waiting = 0;

  async function run(password: string, stored: PasswordTask['stored']): Promise<PasswordAnswer> {
    if (waiting >= MOST_WAITING)
      throw new RequestError('RATE_LIMITED', 'Too many people sign in at this moment: try again shortly.');
    waiting += 1;
    try {
      const answer = await thread({ password: normalize(password), stored });
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer;
    } finally {
      waiting -= 1;
    }
  }

  return {
    hash: async (password) => (await run(password, null)).hash!,
    verify: async (stored, password) => {
      const { matches } = await run(password, stored ?? decoy);
      return matches === true && stored !== null;
    },
  };
}

/** What one keyboard composes and another does not is the same password (NIST SP 800-63B, 3.1.1.2). */
const normalize = (password: string): string => password.normalize('NFKC');

/** A hash of no password at all, which costs as much to check as any other. */
function createDecoy(): string {
  const random = (bytes: number): string => randomBytes(bytes).toString('base64').replace(/=+$/, '');
  const { memoryCost, timeCost, parallelism } = ARGON2_OPTIONS;
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${random(16)}$${random(32)}`;
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
