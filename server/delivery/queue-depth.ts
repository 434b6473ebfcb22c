import type { Storage } from '../storage/data-source.js';

/** How much waits, over all webhooks. */
export interface QueueDepth {
  pending: number;
  held: number;
  /** How long the head that has waited longest for a claim has been due, in ms; 0: nothing is due. */
  oldestDueMs: number;
}

/** Counts what waits, by an index; what is final is not looked at. */
export async function measureQueue({ read, now }: Storage): Promise<QueueDepth> {
  const waiting = await read.query<Array<{ status: string; count: number | string }>>(
    `select d.status, count(*) as count from queues q
      join deliveries d on d.webhook_id = q.webhook_id and d.status in ('PENDING', 'HELD') group by d.status`,
  );
  const [head] = await read.query<Array<{ due: number | string | null }>>(
    'select min(next_due_at) as due from queues where next_due_at is not null',
  );
  const countOf = (status: string): number =>
    Number(waiting.find((row) => row.status === status)?.count ?? 0);
  return {
    pending: countOf('PENDING'),
    held: countOf('HELD'),
    oldestDueMs: head?.due == null ? 0 : Math.max(0, (await now(read)) - Number(head.due)),
  };
}
