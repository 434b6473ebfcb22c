import { existsSync, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import { DataSource, type DataSourceOptions, type EntityManager } from 'typeorm';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js';
import { createSteadyClock } from './clock.js';
import { sharedOptions } from './data-source-options.js';
import type { OpenedStorage, StorageOptions } from './data-source.js';
import { driverCode, isDuplicateKey } from './driver-error.js';
import { createGroupCommit } from './group-commit.js';
import { keyFileOf, openKeyFile } from './key-file.js';
import { createSecretBox } from './secrets.js';
import { sqliteFile } from './sqlite-file.js';

/** TypeORM's SQLite is one connection: writes queue for one, reads go through a second (WAL). */
export async function openSqlite(options: StorageOptions): Promise<OpenedStorage> {
  const file = sqliteFile(options.databaseUrl);
  mkdirSync(dirname(file), { recursive: true });
  const { secretKeys } = options;
  const ring = secretKeys ? () => secretKeys : openKeyFile(keyFileOf(file), existsSync(file));
  const sqlite = (readonly: boolean): DataSourceOptions => ({
    ...sharedOptions,
    type: 'better-sqlite3',
    database: file,
    readonly,
    enableWAL: !readonly,
    prepareDatabase: (db: { pragma(text: string): unknown }) => {
      // The driver waits within the event loop: a longer wait is one of our own.
      db.pragma('busy_timeout = 20');
      db.pragma('synchronous = FULL');
      // In KiB; what does not fit is in the cache of the operating system.
      db.pragma(`cache_size = ${readonly ? -8_192 : -24_576}`);
      db.pragma('temp_store = MEMORY');
    },
  });
  const writer = await new DataSource(sqlite(false)).initialize();
  await writer.runMigrations({ transaction: 'each' });
  const reader = await new DataSource(sqlite(true)).initialize();
  // SQLite would sync each commit within the event loop. We do what `synchronous = FULL` does, but beside it: the log is
  // on the disk before anybody is told of a commit (https://www.sqlite.org/wal.html, `group-commit.ts`).
  await writer.query('pragma synchronous = NORMAL');
  const log = await open(`${file}-wal`, 'r+');
  const { write, exclusive } = createGroupCommit<EntityManager>({
    sync: () => log.datasync(),
    run: (work, since) => retryWhileBusy(() => transact(writer, work), since + LONGEST_BUSY_MS),
    isOwnFault: (error) => !driverCode(error).startsWith('SQLITE_') || isDuplicateKey(error),
  });
  const clock = createSteadyClock();
  return {
    dialect: 'sqlite',
    sql: { greatest: 'max', skipLocked: '', forUpdate: '' },
    secrets: createSecretBox(ring),
    read: reader.manager,
    write,
    now: async () => clock(),
    async dispose() {
      await exclusive(async () => {
        await log.close();
        await reader.destroy();
        await writer.destroy();
      });
    },
  };
}

/**
 * A transaction that ends whatever happens. SQLite itself undoes one that a full or broken disk fails, and TypeORM does
 * not see that: it would take all that follows for a part of it, say that it is stored, and never commit.
 */
async function transact<T>(source: DataSource, work: (manager: EntityManager) => Promise<T>): Promise<T> {
  try {
    return await source.transaction(work);
  } catch (error) {
    const driver = source.driver as BetterSqlite3Driver;
    const connection = driver.databaseConnection as Database;
    if (driver.queryRunner?.isTransactionActive) {
      if (connection.inTransaction) connection.exec('rollback');
      delete driver.queryRunner;
    }
    throw error;
  }
}

/** How long a write waits while another program has the SQLite file locked, such as a backup or a shell. */
const LONGEST_BUSY_MS = 30_000;
const BUSY_PAUSE_MS = 100;

async function retryWhileBusy<T>(run: () => Promise<T>, endsAt: number): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!driverCode(error).startsWith('SQLITE_BUSY') || performance.now() >= endsAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
    }
  }
}
