import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { createTemporaryFolder } from './folders.js';
import { requireProgram } from './packages.mjs';
import { findFreePort, run, startDaemon } from './processes.js';
import type { Daemon } from './processes.js';

/** A database server of the tests' own. */
export interface DatabaseServer {
  readonly pid: number;
  readonly port: number;
  /** Makes an empty database and answers its `mysql://` URL. */
  createDatabase(): Promise<string>;
  /** Ends the server and removes all its data. */
  stop(): Promise<void>;
}

const user = 'hookwatch';
const password = 'only-for-tests';

/** Starts MariaDB on 127.0.0.1, durable as in production but small, with its data in a temporary folder. */
export async function startMariaDb(): Promise<DatabaseServer> {
  const folder = await createTemporaryFolder();
  const account = process.getuid?.() === 0 ? ['--user=root'] : [];
  const data = `--datadir=${join(folder.path, 'data')}`;
  const grants = join(folder.path, 'grants.sql');
  await writeFile(
    grants,
    `grant all on *.* to '${user}'@'127.0.0.1' identified by '${password}' with grant option;\n`,
  );
  // A server that starts removes the temporary tables that it finds there, also those of others.
  const temporary = `--tmpdir=${folder.path}`;
  const making = ['--no-defaults', data, temporary, '--skip-test-db', ...account];
  await run(requireProgram('mariadb-install-db'), making);
  const options = [
    '--no-defaults',
    data,
    temporary,
    '--bind-address=127.0.0.1',
    `--socket=${join(folder.path, 'socket')}`,
    `--pid-file=${join(folder.path, 'pid')}`,
    `--init-file=${grants}`,
    '--skip-name-resolve',
    '--character-set-server=utf8mb4',
    '--innodb-flush-log-at-trx-commit=1',
    '--innodb-buffer-pool-size=64M',
    '--innodb-log-file-size=32M',
    '--performance-schema=off',
    ...account,
  ];
  const { daemon, port } = await startOnFreePort(options);
  const server = `mysql://${user}:${password}@127.0.0.1:${port}`;
  return {
    pid: daemon.pid,
    port,
    createDatabase: () => createMysqlDatabase(server),
    async stop() {
      await daemon.kill();
      await folder.remove();
    },
  };
}

/** Another process may take the port first, so a few are tried. */
async function startOnFreePort(options: string[], tries = 3): Promise<{ daemon: Daemon; port: number }> {
  const port = await findFreePort();
  try {
    const daemon = await startDaemon(
      requireProgram('mariadbd'),
      [...options, `--port=${port}`],
      /ready for connections/,
    );
    return { daemon, port };
  } catch (error) {
    if (tries === 1) throw error;
    return startOnFreePort(options, tries - 1);
  }
}

let made = 0;

/** Makes an empty database on a server and answers its URL. */
export async function createMysqlDatabase(serverUrl: string): Promise<string> {
  const url = new URL(serverUrl);
  url.pathname = `/hookwatch_test_${process.pid}_${++made}`;
  await execute(serverUrl, `create database ${url.pathname.slice(1)}`);
  return url.href;
}

/** Removes the database that a URL names. */
export const dropMysqlDatabase = (url: string): Promise<void> =>
  execute(url, `drop database ${new URL(url).pathname.slice(1)}`);

async function execute(url: string, statement: string): Promise<void> {
  const connection = await createConnection(url);
  try {
    await connection.query(statement);
  } finally {
    await connection.end();
  }
}
