import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { DataSource, type DataSourceOptions, type EntityManager } from 'typeorm';
import { sqliteFile } from './backup.js';
import type { Dialect } from './dialect.js';
import { driverCode, isDuplicateKey } from './driver-error.js';
import { entities } from './entities/index.js';
import { keyFileOf, openKeyFile } from './key-file.js';
import { migrations } from './migrations/index.js';
import { createMutex } from './mutex.js';
import { createSecretBox, type SecretBox } from './secrets.js';

/** The database of one process. */
export interface Storage {
  readonly dialect: Dialect;
  /** Where the engines' SQL differs in words only. */
  readonly sql: {
    greatest: 'max' | 'greatest';
    skipLocked: '' | 'for update skip locked';
    forUpdate: '' | 'for update';
  };
  readonly secrets: SecretBox;
  /** Reads what is committed; never writes. */
  readonly read: EntityManager;
  /** Runs a transaction, again after a deadlock; on SQLite one at a time. */
  write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
  /** Milliseconds since 1970 by the clock that every process of this database shares. */
  now(manager: EntityManager): Promise<number>;
  dispose(): Promise<void>;
}

export interface StorageOptions {
  /** `sqlite:path` or `mysql://user:password@host:3306/name`. */
  databaseUrl: string;
  /** 32 bytes each, the first seals; null: the key file beside the SQLite file. */
  secretKeys: readonly Buffer[] | null;
  /** Told of each transaction that the database failed. */
  onFailure?: () => void;
}

const shared = { entities, migrations, migrationsRun: false, synchronize: false, logging: false } as const;

/** Opens the database, migrates it, and takes charge of its connections. */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const storage = await (options.databaseUrl.startsWith('sqlite:')
    ? openSqlite(options)
    : openMysql(options));
  return {
    ...storage,
    async write(work) {
      try {
        return await storage.write(work);
      } catch (error) {
        if (driverCode(error) !== '' && !isDuplicateKey(error)) options.onFailure?.();
        throw error;
      }
    },
  };
}

/** TypeORM's SQLite is one connection: writes queue behind a mutex on one, reads go through a second (WAL). */
async function openSqlite(options: StorageOptions): Promise<Storage> {
  const file = sqliteFile(options.databaseUrl);
  mkdirSync(dirname(file), { recursive: true });
  const { secretKeys } = options;
  const ring = secretKeys ? () => secretKeys : openKeyFile(keyFileOf(file), existsSync(file));
  const sqlite = (readonly: boolean): DataSourceOptions => ({
    ...shared,
    type: 'better-sqlite3',
    database: file,
    readonly,
    enableWAL: !readonly,
    prepareDatabase: (db: { pragma(text: string): unknown }) => {
      // The driver waits within the event loop: a longer wait is one of our own.
      db.pragma('busy_timeout = 20');
      db.pragma('synchronous = FULL');
      db.pragma('cache_size = -65536');
      db.pragma('temp_store = MEMORY');
    },
  });
  const writer = await new DataSource(sqlite(false)).initialize();
  await writer.runMigrations({ transaction: 'each' });
  const reader = await new DataSource(sqlite(true)).initialize();
  const exclusive = createMutex();
  return {
    dialect: 'sqlite',
    sql: { greatest: 'max', skipLocked: '', forUpdate: '' },
    secrets: createSecretBox(ring),
    read: reader.manager,
    write: (work) => {
      const isOver = overAfter(LONGEST_BUSY_MS);
      return exclusive(() => retryWhileBusy(() => writer.transaction(work), isOver));
    },
    now: async () => Date.now(),
    async dispose() {
      await exclusive(async () => {
        await reader.destroy();
        await writer.destroy();
      });
    },
  };
}

/** How long a write waits while another program has the SQLite file locked, such as a backup or a shell. */
const LONGEST_BUSY_MS = 30_000;
const BUSY_PAUSE_MS = 100;

function overAfter(ms: number): () => boolean {
  const endsAt = performance.now() + ms;
  return () => performance.now() >= endsAt;
}

async function retryWhileBusy<T>(run: () => Promise<T>, isOver: () => boolean): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!driverCode(error).startsWith('SQLITE_BUSY') || isOver()) throw error;
      await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
    }
  }
}

const POOL_SIZE = 20;
const DEADLOCK_TRIES = 5;

async function openMysql(options: StorageOptions): Promise<Storage> {
  const { secretKeys } = options;
  if (!secretKeys) throw new Error('MySQL and MariaDB need a secret key.');
  const url = options.databaseUrl.replace(/^mariadb:/, 'mysql:');
  const source = await new DataSource({
    ...shared,
    type: await serverKind(url),
    url,
    charset: 'utf8mb4_bin',
    timezone: 'Z',
    poolSize: POOL_SIZE,
    connectTimeout: 10_000,
  }).initialize();
  await migrateUnderLock(source);
  return {
    dialect: 'mysql',
    sql: { greatest: 'greatest', skipLocked: 'for update skip locked', forUpdate: 'for update' },
    secrets: createSecretBox(() => secretKeys),
    read: source.manager,
    write: (work) => retryDeadlocks(() => source.transaction('READ COMMITTED', work)),
    async now(manager) {
      const [row] = await manager.query<Array<{ now: string }>>(
        'select cast(unix_timestamp(now(3)) * 1000 as unsigned) as now',
      );
      return Number(row?.now);
    },
    dispose: () => source.destroy(),
  };
}

/** With the wrong one of the two, TypeORM saves slowly and sees changes that are none. */
async function serverKind(url: string): Promise<'mysql' | 'mariadb'> {
  const connection = await createConnection(url);
  try {
    const [rows] = await connection.query('select version() as version');
    return (rows as Array<{ version: string }>)[0]?.version.includes('MariaDB') ? 'mariadb' : 'mysql';
  } finally {
    await connection.end();
  }
}

/** Two processes that start at once take turns; DDL there is not transactional. */
async function migrateUnderLock(source: DataSource): Promise<void> {
  const runner = source.createQueryRunner();
  try {
    await runner.query('select get_lock(concat(database(), ".migrations"), 300)');
    await source.runMigrations({ transaction: 'none' });
    await runner.query('select release_lock(concat(database(), ".migrations"))');
  } finally {
    await runner.release();
  }
}

async function retryDeadlocks<T>(run: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await run();
    } catch (error) {
      const code = driverCode(error);
      if (tried >= DEADLOCK_TRIES || (code !== 'ER_LOCK_DEADLOCK' && code !== 'ER_LOCK_WAIT_TIMEOUT'))
        throw error;
    }
  }
}
