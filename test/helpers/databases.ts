import { join } from 'node:path';
import { createTemporaryFolder } from './folders.js';
import { createMysqlDatabase, dropMysqlDatabase, startMariaDb } from './mariadb.js';
import type { DatabaseServer } from './mariadb.js';

/** An engine that a suite runs on. */
export interface TestDatabase {
  name: 'sqlite' | 'mariadb' | 'mysql';
  /** Makes a fresh empty database and answers its `DATABASE_URL`; it is removed after the suite. */
  createUrl(): Promise<string>;
}

interface Made {
  url: string;
  remove(): Promise<void>;
}

const mysqlUrl = process.env['TEST_MYSQL_URL'];

const engines: Record<TestDatabase['name'], (() => Promise<Made>) | undefined> = {
  sqlite: createSqlite,
  mariadb: async () => onServer((await sharedMariaDb()).createDatabase()),
  mysql: mysqlUrl ? () => onServer(createMysqlDatabase(mysqlUrl)) : undefined,
};

/** Declares a suite once for SQLite, once for MariaDB and, where `TEST_MYSQL_URL` names a server, for MySQL. */
export function eachDatabase(title: string, body: (database: TestDatabase) => void): void {
  for (const [name, create] of Object.entries(engines)) {
    if (!create) continue;
    describe(`${title} (${name})`, () => {
      const made: Made[] = [];
      body({
        name: name as TestDatabase['name'],
        async createUrl() {
          const database = await create();
          made.push(database);
          return database.url;
        },
      });
      after(() => Promise.all(made.map(({ remove }) => remove())));
    });
  }
}

/** A fresh SQLite file in a folder of its own, where the server may also put its key. */
export async function createSqlite(): Promise<Made> {
  const folder = await createTemporaryFolder();
  return { url: `sqlite:${join(folder.path, 'hookwatch.sqlite')}`, remove: folder.remove };
}

async function onServer(created: Promise<string>): Promise<Made> {
  const url = await created;
  return { url, remove: () => dropMysqlDatabase(url) };
}

let shared: Promise<DatabaseServer> | undefined;

/** The MariaDB that all suites share, started when the first one asks for it. */
export function sharedMariaDb(): Promise<DatabaseServer> {
  return (shared ??= startMariaDb());
}

/** Ends what the suites shared. */
export async function stopDatabases(): Promise<void> {
  const server = await shared?.catch(() => undefined);
  await server?.stop();
}
