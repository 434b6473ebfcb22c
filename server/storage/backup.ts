import { closeSync, openSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { ConfigError } from '../errors.js';
import { dumpMysql } from './mysql-dump.js';
import { sqliteFile } from './sqlite-file.js';

/** Copies the database as it is at one moment into a new file of mode 0600, while others write; answers its bytes. */
export async function backUp(databaseUrl: string, file: string): Promise<number> {
  claimFile(file);
  if (databaseUrl.startsWith('sqlite:')) await copySqlite(sqliteFile(databaseUrl), file);
  else await dumpMysql(databaseUrl, file);
  return statSync(file).size;
}

function claimFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw new ConfigError(
      exists
        ? `${file} exists already: name a new file.`
        : `${file} cannot be written: ${(error as Error).message}`,
    );
  }
}

/** More pages than a database has: they are copied in one step, which writers of other processes do not start anew. */
const ALL_PAGES = 0x7fffffff;

async function copySqlite(source: string, file: string): Promise<void> {
  const database = new Database(source, { readonly: true, fileMustExist: true });
  try {
    await database.backup(file, { progress: () => ALL_PAGES });
  } finally {
    database.close();
  }
  const copy = new Database(file);
  try {
    // The copy is one file that can be moved; the server turns the write-ahead log on again.
    copy.pragma('journal_mode = DELETE');
    const [{ quick_check: verdict } = { quick_check: 'nothing' }] = copy.pragma('quick_check') as Array<{
      quick_check: string;
    }>;
    if (verdict !== 'ok') throw new Error(`The copy is damaged: ${verdict}`);
  } finally {
    copy.close();
  }
}
