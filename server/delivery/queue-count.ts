import { setImmediate as turn } from 'node:timers/promises';
import type { Storage } from '../storage/data-source.js';

export type WaitingStatus = 'PENDING' | 'HELD';

/** Deliveries that wait, and the oldest of them; null: there are none. */
export interface Counted {
  count: number;
  oldestId: string | null;
}

interface CountRow {
  count: number | string;
  oldest: string | null;
}

/** SQLite reads within the event loop: so many index entries take a millisecond or two. */
const SLICE = 10_000;

/** Counts a webhook's deliveries of a status by an index alone; on SQLite in slices that leave turns to others. */
export async function countWaiting(
  storage: Storage,
  webhookId: string,
  status: WaitingStatus,
): Promise<Counted> {
  if (storage.dialect === 'sqlite') return countInSlices(storage, webhookId, status);
  const [row] = await storage.read.query<[CountRow]>(
    'select count(*) as count, min(id) as oldest from deliveries where webhook_id = ? and status = ?',
    [webhookId, status],
  );
  return { count: Number(row.count), oldestId: row.oldest };
}

interface Key {
  id: string;
  next_attempt_at: number | null;
}

/** How the index of deliveries that wait goes on after a key: what is held has no time. */
const KEYS = {
  PENDING: {
    first: [0, ''],
    keyOf: ({ id, next_attempt_at }: Key) => [next_attempt_at, id],
    sql: '(next_attempt_at, id)',
    places: '(?, ?)',
  },
  HELD: { first: [''], keyOf: ({ id }: Key) => [id], sql: 'next_attempt_at is null and id', places: '?' },
};

async function countInSlices({ read }: Storage, webhookId: string, status: WaitingStatus): Promise<Counted> {
  const { first, keyOf, sql, places } = KEYS[status];
  let counted: Counted = { count: 0, oldestId: null };
  for (let from: unknown[] = first; ;) {
    const rest = `from deliveries where webhook_id = ? and status = ? and ${sql} > ${places}`;
    const [end] = await read.query<Key[]>(
      `select id, next_attempt_at ${rest} order by next_attempt_at, id limit 1 offset ${SLICE - 1}`,
      [webhookId, status, ...from],
    );
    const to = end ? keyOf(end) : null;
    const [row] = await read.query<[CountRow]>(
      `select count(*) as count, min(id) as oldest ${rest} ${to ? `and ${sql} <= ${places}` : ''}`,
      [webhookId, status, ...from, ...(to ?? [])],
    );
    counted = add(counted, row);
    if (!to) return counted;
    from = to;
    await turn();
  }
}

function add({ count, oldestId }: Counted, row: CountRow): Counted {
  const isOlder = row.oldest !== null && (oldestId === null || row.oldest < oldestId);
  return { count: count + Number(row.count), oldestId: isOlder ? row.oldest : oldestId };
}
