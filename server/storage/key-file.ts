import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { ConfigError } from '../errors.js';

/** Reads the embedded default's key from `<database>.key`, or makes it there (mode 0600) for a new database. */
export function loadOrCreateKeyFile(path: string, databaseExists: boolean): Buffer {
  const existing = readKey(path);
  if (existing) return existing;
  if (databaseExists)
    throw new ConfigError(
      `The key file ${path} is missing, and the database beside it was encrypted with it: put it back, or set SECRET_KEY.`,
    );
  const key = randomBytes(32);
  writeFileSync(path, `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  return key;
}

function readKey(path: string): Buffer | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== 32)
    throw new ConfigError(`The key file ${path} does not hold base64 of 32 bytes: put the right one back.`);
  return key;
}
