import { parentPort } from 'node:worker_threads';
import { hashSync, verifySync } from '@node-rs/argon2';

/** What the thread is asked: to hash a password, or to check it against a stored hash. */
export interface PasswordTask {
  id: number;
  password: string;
  /** null: hash the password. */
  stored: string | null;
}

/** What it answers: a hash, whether the password is right, or why neither could be said. */
export interface PasswordAnswer {
  id: number;
  hash?: string;
  matches?: boolean;
  error?: string;
}

/** Argon2id as OWASP recommends it: 19 MiB, two passes, one lane. */
export const ARGON2_OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

function answer({ id, password, stored }: PasswordTask): PasswordAnswer {
  try {
    if (stored === null) return { id, hash: hashSync(password, ARGON2_OPTIONS) };
    return { id, matches: verifySync(stored, password) };
  } catch (error) {
    return { id, error: (error as Error).message };
  }
}

parentPort?.on('message', (task: PasswordTask) => parentPort?.postMessage(answer(task)));
