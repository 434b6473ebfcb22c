import type { EntityManager } from 'typeorm';
import type { Dialect } from './dialect.js';
import { driverCode, isDuplicateKey } from './driver-error.js';
import { openMysql } from './mysql.js';
import type { SecretBox } from './secrets.js';
import { openSqlite } from './sqlite.js';

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
  /** Runs a transaction, again after a deadlock; on SQLite one at a time, and those that wait together. */
  write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
  /** Rejects unless the database takes a write, of nothing. */
  ping(): Promise<void>;
  /** Milliseconds since 1970 by the clock that every process of this database shares. */
  now(manager: EntityManager): Promise<number>;
  dispose(): Promise<void>;
}

/** What an engine's module opens. */
export type OpenedStorage = Omit<Storage, 'ping'>;

export interface StorageOptions {
  /** `sqlite:path` or `mysql://user:password@host:3306/name`. */
  databaseUrl: string;
  /** 32 bytes each, the first seals; null: the key file beside the SQLite file. */
  secretKeys: readonly Buffer[] | null;
  /** Told of each transaction that the database failed. */
  onFailure?: () => void;
}

/** Opens the database, migrates it, and takes charge of its connections. */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const storage = await (options.databaseUrl.startsWith('sqlite:')
    ? openSqlite(options)
    : openMysql(options));
  async function write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await storage.write(work);
    } catch (error) {
      if (driverCode(error) !== '' && !isDuplicateKey(error)) options.onFailure?.();
      throw error;
    }
  }
  return {
    ...storage,
    write,
    ping: () =>
      write(
        async (manager) =>
          void (await manager.query('update queues set webhook_id = webhook_id where 1 = 0')),
      ),
  };
}
