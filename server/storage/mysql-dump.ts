import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createConnection, escape, escapeId, type Connection } from 'mysql2';

const INSERT_CHARACTERS = 256 * 1024;

/** Writes a whole database as SQL into a file, all tables as of one moment; `mariadb` or `mysql` reads it back. */
export async function dumpMysql(databaseUrl: string, file: string): Promise<void> {
  const connection = createConnection({
    uri: databaseUrl.replace(/^mariadb:/, 'mysql:'),
    charset: 'utf8mb4_bin',
    supportBigNumbers: true,
    bigNumberStrings: true,
  });
  try {
    await connection.promise().query('set session transaction isolation level repeatable read');
    await connection.promise().query('start transaction with consistent snapshot');
    await pipeline(dump(connection), createWriteStream(file, { mode: 0o600 }));
  } finally {
    await connection.promise().end();
  }
}

async function* dump(connection: Connection): AsyncGenerator<string, void, void> {
  yield "-- Hookwatch: restore into an empty database.\nset names utf8mb4;\nset session sql_mode = '';\n";
  for (const [name = ''] of await texts(connection, 'show tables')) {
    const table = escapeId(name);
    const [definition] = await texts(connection, `show create table ${table}`);
    yield `${definition?.[1]};\n`;
    yield* dumpRows(connection, table);
  }
  yield '-- Complete.\n';
}

async function texts(connection: Connection, sql: string): Promise<string[][]> {
  const [rows] = await connection.promise().query({ sql, rowsAsArray: true });
  return rows as unknown as string[][];
}

async function* dumpRows(connection: Connection, table: string): AsyncGenerator<string, void, void> {
  const rows = connection.query({ sql: `select * from ${table}`, rowsAsArray: true }).stream();
  let insert = '';
  for await (const row of rows as AsyncIterable<unknown[]>) {
    const values = `(${row.map((value) => escape(value as string | number | Buffer | null)).join(',')})`;
    insert += insert === '' ? `insert into ${table} values\n${values}` : `,\n${values}`;
    if (insert.length < INSERT_CHARACTERS) continue;
    yield `${insert};\n`;
    insert = '';
  }
  if (insert !== '') yield `${insert};\n`;
}
