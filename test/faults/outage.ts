import Database from 'better-sqlite3';
import { sharedMariaDb, type TestDatabase } from '../helpers/databases.js';
import { startTcpProxy } from './tcp-proxy.js';

/** A database whose writes can be held up from outside. */
export interface HeldDatabase {
  /** The way to it that the process takes. */
  databaseUrl: string;
  /** The way to it that stays open. */
  directUrl: string;
  /** No write is done from here on: the file is locked, or nothing gets through to the server. */
  hold(): void;
  release(): void;
  dispose(): Promise<void>;
}

/** An empty database, on either engine. */
export async function createHeldDatabase(database: TestDatabase): Promise<HeldDatabase> {
  const directUrl = await database.createUrl();
  return database.name === 'sqlite' ? lockedFile(directUrl) : behindProxy(directUrl);
}

function lockedFile(url: string): HeldDatabase {
  let lock: Database.Database | null = null;
  const release = (): void => {
    lock?.close();
    lock = null;
  };
  return {
    databaseUrl: url,
    directUrl: url,
    hold() {
      lock = new Database(url.slice('sqlite:'.length), { timeout: 5_000 });
      lock.exec('begin immediate');
    },
    release,
    dispose: async () => release(),
  };
}

async function behindProxy(url: string): Promise<HeldDatabase> {
  const proxy = await startTcpProxy((await sharedMariaDb()).port);
  return {
    databaseUrl: through(url, proxy.port),
    directUrl: url,
    hold: proxy.hang,
    release: proxy.pass,
    dispose: proxy.close,
  };
}

/** The same database by another port. */
export function through(databaseUrl: string, port: number): string {
  const url = new URL(databaseUrl);
  url.port = String(port);
  return url.href;
}
