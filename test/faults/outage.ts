import Database from 'better-sqlite3';
import { sharedMariaDb } from '../helpers/databases.js';
import type { Stage } from './stage.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

/** A database whose writes can be held up from outside. */
export interface HeldDatabase {
  /** The way to it that the process takes. */
  databaseUrl: string;
  /** The way to it that stays open. */
  directUrl: string;
  /** No write is done from here on: the file is locked, or nothing gets through to the server. */
  hold(): void;
  release(): void;
}

/** An empty database, on either engine. */
export async function createHeldDatabase(stage: Stage): Promise<HeldDatabase> {
  if (stage.database === 'sqlite') return lockedFile(stage, await stage.createUrl());
  const { proxy, ...urls } = await openProxied(stage);
  return { ...urls, hold: proxy.hang, release: proxy.pass };
}

function lockedFile(stage: Stage, url: string): HeldDatabase {
  let lock: Database.Database | null = null;
  const release = (): void => {
    lock?.close();
    lock = null;
  };
  stage.atEnd(release);
  return {
    databaseUrl: url,
    directUrl: url,
    hold() {
      lock = new Database(fileOf(url), { timeout: 5_000 });
      lock.exec('begin immediate');
    },
    release,
  };
}

/** The file that a `DATABASE_URL` of SQLite names. */
export const fileOf = (url: string): string => url.slice('sqlite:'.length);

/** An empty database on MariaDB and two ways to it, one of which can be cut. */
export async function openProxied(
  stage: Stage,
): Promise<{ databaseUrl: string; directUrl: string; proxy: TcpProxy }> {
  const directUrl = await stage.createUrl();
  const proxy = await stage.open(startTcpProxy((await sharedMariaDb()).port), (it) => it.close());
  return { databaseUrl: through(directUrl, proxy.port), directUrl, proxy };
}

/** The same database by another port. */
function through(databaseUrl: string, port: number): string {
  const url = new URL(databaseUrl);
  url.port = String(port);
  return url.href;
}
