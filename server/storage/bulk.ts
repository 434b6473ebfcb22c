import type { EntityManager } from 'typeorm';
import type { Dialect } from './dialect.js';

/** What a column can hold in a hot-path statement. */
export type SqlValue = string | number | Buffer | null;

interface SqliteDatabase {
  prepare(sql: string): { run(...values: SqlValue[]): unknown };
}

const MYSQL_ROWS_A_STATEMENT = 500;
/** A statement has to fit into `max_allowed_packet`, 16 MB by default, also when every character takes four bytes. */
const MYSQL_LENGTH_A_STATEMENT = 4_000_000;
const prepared = new WeakMap<SqliteDatabase, Map<string, { run(...values: SqlValue[]): unknown }>>();

/** Inserts rows as fast as the driver can: prepared statements on SQLite, multi-row inserts on MySQL. */
export async function insertRows(
  manager: EntityManager,
  table: string,
  columns: readonly string[],
  rows: readonly SqlValue[][],
): Promise<void> {
  await insertOr(manager, table, columns, rows, { sqlite: '', mysql: '' });
}

/** Adds to the column `count` of rows with these keys, making those that are missing; a row is its key, then a count. */
export async function addCounts(
  manager: EntityManager,
  table: string,
  key: readonly string[],
  rows: readonly SqlValue[][],
): Promise<void> {
  await insertOr(manager, table, [...key, 'count'], rows, {
    sqlite: `on conflict (${key.join(', ')}) do update set count = count + excluded.count`,
    mysql: 'on duplicate key update count = count + values(count)',
  });
}

async function insertOr(
  manager: EntityManager,
  table: string,
  columns: readonly string[],
  rows: readonly SqlValue[][],
  onConflict: Record<Dialect, string>,
): Promise<void> {
  const head = `insert into ${table} (${columns.join(', ')}) values`;
  const driver = manager.connection.driver as { databaseConnection?: SqliteDatabase };
  if (driver.databaseConnection) {
    const values = columns.map(() => '?').join(', ');
    const statement = prepare(driver.databaseConnection, `${head} (${values}) ${onConflict.sqlite}`);
    for (const row of rows) statement.run(...row);
    return;
  }
  for (const part of partsOf(rows)) await manager.query(`${head} ? ${onConflict.mysql}`, [part]);
}

/** What goes into one statement each. */
function* partsOf(rows: readonly SqlValue[][]): Generator<SqlValue[][]> {
  let part: SqlValue[][] = [];
  let length = 0;
  for (const row of rows) {
    const rowLength = row.reduce<number>((sum, value) => sum + lengthOf(value), 0);
    const isFull = part.length === MYSQL_ROWS_A_STATEMENT || length + rowLength > MYSQL_LENGTH_A_STATEMENT;
    if (isFull && part.length > 0) {
      yield part;
      part = [];
      length = 0;
    }
    part.push(row);
    length += rowLength;
  }
  if (part.length > 0) yield part;
}

const lengthOf = (value: SqlValue): number =>
  typeof value === 'string' || Buffer.isBuffer(value) ? value.length : 0;

function prepare(database: SqliteDatabase, sql: string): { run(...values: SqlValue[]): unknown } {
  const cache = prepared.get(database) ?? new Map<string, { run(...values: SqlValue[]): unknown }>();
  prepared.set(database, cache);
  const statement = cache.get(sql) ?? database.prepare(sql);
  cache.set(sql, statement);
  return statement;
}

/** `column in (…)` with as many placeholders as there are values; an empty list matches nothing. */
export const inList = (column: string, values: readonly unknown[]): string =>
  values.length === 0 ? '1 = 0' : `${column} in (${values.map(() => '?').join(', ')})`;
