import { setImmediate } from 'node:timers/promises';
import type { EntityManager, EntityTarget, ObjectLiteral, SelectQueryBuilder } from 'typeorm';

/**
 * A list of rows from a table that may hold millions, newest first. SQLite reads within the event loop, and a condition
 * may hold for none of them; so they are looked through in the order of their ids, stretch by stretch, with turns for
 * others in between: along an index, or, without a way, along the primary key.
 */
export interface LongList<T> {
  order: 'DESC';
  /** Rows between two ids, neither of them included, from the end that the direction starts from. */
  read(range: RowRange): Promise<T[]>;
  count(range?: IdRange): Promise<number>;
}

/** Ids between two, neither of them included; null: no bound. */
export interface IdRange {
  above: string | null;
  below: string | null;
}

export interface RowRange extends IdRange {
  direction: 'ASC' | 'DESC';
  limit: number;
  /** Ends the search before its end. */
  signal?: AbortSignal;
}

/** Follow the rows whose columns have these values, by the index of these columns, in this order, and the id. */
export type Way = Readonly<Record<string, string | null>>;

export interface LongListOptions<T extends ObjectLiteral> {
  manager: EntityManager;
  entity: EntityTarget<T>;
  /** The name of the entity in the conditions. */
  alias: string;
  /** Between them they lead to every row that counts, each once; null: look through the whole table. */
  ways: ReadonlyArray<Way> | null;
  /** Between which ids they all are; default: anywhere. */
  within?: IdRange;
  /** Adds conditions, with columns as `unindexed`. */
  restrict(query: SelectQueryBuilder<T>): SelectQueryBuilder<T>;
}

/** A column as no index is used for it: else a stretch may cost as much as the table. */
export const unindexed = (column: string): string => `coalesce(${column}, '')`;

export function createLongList<T extends ObjectLiteral & { id: string }>(
  options: LongListOptions<T>,
): LongList<T> {
  const { restrict, within = ANYWHERE } = options;
  const ways: ReadonlyArray<Way | null> = options.ways ?? [null];

  /** The first rows along one way. */
  async function readAlong(way: Way | null, range: RowRange): Promise<T[]> {
    const { limit, direction, signal } = range;
    const rows: T[] = [];
    for await (const stretch of stretchesOf(options, way, overlap(range, within), direction)) {
      const query = restrict(stretch).limit(limit - rows.length);
      rows.push(...(await query.getMany()));
      if (rows.length === limit || signal?.aborted) break;
    }
    return rows;
  }

  return {
    order: 'DESC',
    async read(range) {
      const { limit, direction } = range;
      const isAscending = direction === 'ASC';
      let rows: T[] = [];
      for (const way of ways) {
        // What comes after as many as are wanted need not be looked at.
        const end = rows.length === limit ? rows.at(-1)!.id : isAscending ? range.below : range.above;
        const found = await readAlong(way, { ...range, [isAscending ? 'below' : 'above']: end });
        const sign = isAscending ? 1 : -1;
        rows = [...rows, ...found].sort((a, b) => (a.id < b.id ? -sign : sign)).slice(0, limit);
      }
      return rows;
    },
    async count(range = ANYWHERE) {
      let count = 0;
      for (const way of ways)
        for await (const stretch of stretchesOf(options, way, overlap(range, within), 'ASC'))
          count += await restrict(stretch).getCount();
      return count;
    },
  };
}

const ANYWHERE: IdRange = { above: null, below: null };

const overlap = (one: IdRange, other: IdRange): IdRange => ({
  above: [one.above, other.above].reduce((a, b) => ((a ?? '') > (b ?? '') ? a : b)),
  below: [one.below, other.below].reduce((a, b) => ((a ?? '~') < (b ?? '~') ? a : b)),
});

/**
 * How long a look at one stretch should take in milliseconds, and how many rows it may have for that. MySQL and MariaDB
 * hold nobody up meanwhile.
 */
const STRETCH = {
  sqlite: { ms: 10, firstRows: 1_000, leastRows: 250, mostRows: 10_000 },
  mysql: { ms: 200, firstRows: 1_000, leastRows: 1_000, mostRows: 100_000 },
};

/** Cuts a way in stretches, each as long as the one before it lets expect to take its time. */
async function* stretchesOf<T extends ObjectLiteral>(
  { manager, entity, alias }: LongListOptions<T>,
  way: Way | null,
  range: IdRange,
  direction: 'ASC' | 'DESC',
): AsyncGenerator<SelectQueryBuilder<T>, void, void> {
  const left = { ...range };
  const id = `${alias}.id`;
  const isAscending = direction === 'ASC';
  const isMysql = manager.connection.options.type !== 'better-sqlite3';
  const { ms, firstRows, leastRows, mostRows } = STRETCH[isMysql ? 'mysql' : 'sqlite'];
  const columns = Object.entries(way ?? {});
  /** SQLite takes the first bound of a side that it is given, not the tightest: there is one at most. */
  const rowsUpTo = (end: string | null): SelectQueryBuilder<T> => {
    const query = manager.createQueryBuilder(entity, alias);
    for (const [index, [name, value]] of columns.entries()) {
      const column = `${alias}.${name}`;
      // Of a single value, MariaDB reads all rows, and looks at the bounds of the ids after that.
      const is = isMysql && index === 0 ? `in (:way${index}, '')` : `= :way${index}`;
      if (value === null) query.andWhere(`${column} is null`);
      else query.andWhere(`${column} ${is}`, { [`way${index}`]: value });
      if (isMysql && index === 0) query.addOrderBy(column, direction);
    }
    if (end !== null) query.andWhere(`${id} ${isAscending ? '<=' : '>='} :end`, { end });
    if (left.above !== null && (isAscending || end === null))
      query.andWhere(`${id} > :above`, { above: left.above });
    if (left.below !== null && (!isAscending || end === null))
      query.andWhere(`${id} < :below`, { below: left.below });
    return query.addOrderBy(id, direction);
  };
  for (let length = firstRows; ;) {
    const startedAt = performance.now();
    const ids = rowsUpTo(null).select(id, 'id');
    const end = await ids
      .offset(length - 1)
      .limit(1)
      .getRawOne<{ id: string }>();
    if (!end) return yield rowsUpTo(null);
    yield rowsUpTo(end.id);
    left[isAscending ? 'above' : 'below'] = end.id;
    const tookMs = performance.now() - startedAt;
    length = Math.round(length * Math.min(2, ms / tookMs));
    length = Math.min(mostRows, Math.max(leastRows, length));
    await ownTurn();
  }
}

let lastTurn: Promise<unknown> = Promise.resolve();

/** A turn of the event loop that no other list has: however many are read, others wait for one stretch at most. */
const ownTurn = (): Promise<unknown> => (lastTurn = lastTurn.then(() => setImmediate()));
