import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { ConfigError } from '../errors.js';
import type { KeyRing } from './secrets.js';

/** Of the embedded default: `<database>.key` beside the SQLite file, one key a line, in base64, the newest first. */
export const keyFileOf = (databaseFile: string): string => `${databaseFile}.key`;

/** The keys of a file, made (mode 0600) for a new database; a file that was changed is read again. */
export function openKeyFile(path: string, databaseExists: boolean): KeyRing {
  let version = versionOf(path);
  if (version === null) {
    if (databaseExists)
      throw new ConfigError(
        `The key file ${path} is missing, and the database beside it was encrypted with it: put it back, or set SECRET_KEY.`,
      );
    writeFileSync(path, linesOf([randomBytes(32)]), { mode: 0o600, flag: 'wx' });
    version = versionOf(path);
  }
  let keys = readKeys(path);
  return () => {
    const now = versionOf(path);
    // What is gone for a moment, or for good, is still known here.
    if (now !== null && now !== version) {
      keys = readKeys(path);
      version = now;
    }
    return keys;
  };
}

/** Puts a new key first, at once; the one before stays, so that a process that still seals with it does no harm. */
export function addKey(path: string): void {
  const [newest] = readKeys(path);
  const next = `${path}.next`;
  rmSync(next, { force: true });
  writeFileSync(next, linesOf([randomBytes(32), newest!]), { mode: 0o600, flag: 'wx' });
  renameSync(next, path);
}

const linesOf = (keys: readonly Buffer[]): string =>
  keys.map((key) => `${key.toString('base64')}\n`).join('');

/** Tells one state of the file from another; null: there is none. */
function versionOf(path: string): string | null {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats ? `${stats.ino} ${stats.mtimeNs}` : null;
}

function readKeys(path: string): Buffer[] {
  const lines = readFileSync(path, 'utf8').trim().split(/\s+/);
  const keys = lines.map((line) => Buffer.from(line, 'base64'));
  if (keys.some((key) => key.length !== 32))
    throw new ConfigError(`The key file ${path} does not hold base64 of 32 bytes: put the right one back.`);
  return keys;
}
