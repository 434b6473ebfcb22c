import type { Socket } from 'node:net';
import type { Pool, PoolConnection } from 'mysql2';
import { createConnection } from 'mysql2/promise';
import { DataSource } from 'typeorm';
import { within } from '../observability/within.js';
import { sharedOptions } from './data-source-options.js';
import type { OpenedStorage, StorageOptions } from './data-source.js';
import { driverCode } from './driver-error.js';
import { createSecretBox } from './secrets.js';

const POOL_SIZE = 20;
const DEADLOCK_TRIES = 5;
/** How long a database that may be away is waited for at the end. */
const LONGEST_GOODBYE_MS = 2_000;

export async function openMysql(options: StorageOptions): Promise<OpenedStorage> {
  const { secretKeys } = options;
  if (!secretKeys) throw new Error('MySQL and MariaDB need a secret key.');
  const url = options.databaseUrl.replace(/^mariadb:/, 'mysql:');
  const kind = await serverKind(url);
  const source = await new DataSource({
    ...sharedOptions,
    type: kind,
    url,
    charset: 'utf8mb4_bin',
    timezone: 'Z',
    poolSize: POOL_SIZE,
    connectTimeout: 10_000,
  }).initialize();
  await migrateUnderLock(source);
  watchConnections(source, kind);
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
    dispose: () => within(LONGEST_GOODBYE_MS, source.destroy()).catch(() => undefined),
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

/** A connection in use over which nothing comes for so long is given up. */
const LONGEST_SILENCE_MS = 30_000;

/** A transaction in which nothing happens for so long is ended by the server. */
const LONGEST_IDLE_TRANSACTION_S = 10;

/**
 * A database that hangs neither answers nor closes: what waits for it is failed, and its connection with it. And a
 * process that is frozen in the middle of a transaction must not keep what it has locked from the others; MySQL knows
 * no limit for that, there the locks last as long as the connection.
 */
function watchConnections(source: DataSource, kind: 'mysql' | 'mariadb'): void {
  const { pool } = source.driver as unknown as { pool: Pool };
  const watched = new WeakSet<PoolConnection>();
  // The types know the connection without its socket.
  pool.on('acquire', (connection: PoolConnection & { stream: Socket }) => {
    const { stream } = connection;
    stream.setTimeout(LONGEST_SILENCE_MS);
    if (watched.has(connection)) return;
    watched.add(connection);
    if (kind === 'mariadb')
      connection.query(
        `set session idle_transaction_timeout = ${LONGEST_IDLE_TRANSACTION_S}`,
        () => undefined,
      );
    stream.on('timeout', () =>
      stream.destroy(Object.assign(new Error('The database does not answer'), { code: 'ETIMEDOUT' })),
    );
  });
  pool.on('release', (connection: PoolConnection & { stream: Socket }) => connection.stream.setTimeout(0));
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
