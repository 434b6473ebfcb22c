import { setImmediate as turn } from 'node:timers/promises';
import type { Storage } from '../storage/data-source.js';
import { DELETED } from '../storage/entities/queue-head.js';
import { countWaiting, type Counted } from './queue-count.js';

/** What waits for one webhook. */
export interface Waiting {
  pending: number;
  held: number;
  /** When the oldest pending delivery was queued; null: none is pending. */
  oldestPendingAt: Date | null;
}

/** How much waits, over all webhooks. */
export interface TotalDepth {
  pending: number;
  held: number;
  /** How long the head that has waited longest for a claim has been due, in ms; 0: nothing is due. */
  oldestDueMs: number;
}

/**
 * Counts what waits, by an index; what is final is not looked at. What has still to follow a decision about its queue
 * counts as if it had.
 */
export interface QueueDepth {
  of(webhookId: string): Promise<Waiting>;
  ofAll(): Promise<TotalDepth>;
}

/** So many are counted anew whenever somebody asks. */
const COUNTED_ANEW = 10_000;
/** A count of more is good for so many times the time that it took. */
const LASTS_FACTOR = 20;

interface Head {
  webhook_id: string;
  hold_reason: string | null;
  discarded_at: number | string | null;
  settling_since: number | string | null;
}

interface Counts {
  pending: Counted;
  held: Counted;
}

const NONE: Waiting = { pending: 0, held: 0, oldestPendingAt: null };
const HEADS = 'select webhook_id, hold_reason, discarded_at, settling_since from queues';

export function createQueueDepth(storage: Storage): QueueDepth {
  const { read } = storage;
  const kept = new Map<string, Promise<Counts>>();

  /** A long queue is not counted again for all who ask; where something was just decided of it, it is. */
  function countOf({ webhook_id, hold_reason, settling_since }: Head): Promise<Counts> {
    const key = `${webhook_id} ${hold_reason} ${settling_since}`;
    const counting = kept.get(key) ?? countBoth(webhook_id);
    if (kept.has(key)) return counting;
    kept.set(key, counting);
    const startedAt = performance.now();
    const forget = (): void => void kept.delete(key);
    counting.then(({ pending, held }) => {
      if (pending.count + held.count <= COUNTED_ANEW) forget();
      else setTimeout(forget, LASTS_FACTOR * (performance.now() - startedAt)).unref();
    }, forget);
    return counting;
  }

  const countBoth = async (webhookId: string): Promise<Counts> => ({
    pending: await countWaiting(storage, webhookId, 'PENDING'),
    held: await countWaiting(storage, webhookId, 'HELD'),
  });

  async function queuedAt(id: string): Promise<Date | null> {
    const [row] = await read.query<Array<{ created_at: number | string }>>(
      'select created_at from deliveries where id = ?',
      [id],
    );
    return row ? new Date(Number(row.created_at)) : null;
  }

  /** The queues in which something waits: two looks into an index for each. */
  const findUsed = (): Promise<Head[]> =>
    read.query<Head[]>(
      `${HEADS} q where exists (select 1 from deliveries d where d.webhook_id = q.webhook_id and d.status = 'PENDING')
         or exists (select 1 from deliveries d where d.webhook_id = q.webhook_id and d.status = 'HELD')`,
    );

  async function oldestDueMs(): Promise<number> {
    const [head] = await read.query<Array<{ due: number | string | null }>>(
      'select min(next_due_at) as due from queues where next_due_at is not null',
    );
    return head?.due == null ? 0 : Math.max(0, (await storage.now(read)) - Number(head.due));
  }

  return {
    async of(webhookId) {
      const [head] = await read.query<Head[]>(`${HEADS} where webhook_id = ?`, [webhookId]);
      if (!head) return NONE;
      const { pending, held, oldestId } = asDecided(head, await countOf(head));
      return { pending, held, oldestPendingAt: oldestId === null ? null : await queuedAt(oldestId) };
    },
    async ofAll() {
      const total = { pending: 0, held: 0, oldestDueMs: await oldestDueMs() };
      for (const head of await findUsed()) {
        const { pending, held } = asDecided(head, await countOf(head));
        total.pending += pending;
        total.held += held;
        await turn();
      }
      return total;
    },
  };
}

function asDecided(
  { hold_reason, discarded_at, settling_since }: Head,
  { pending, held }: Counts,
): { pending: number; held: number; oldestId: string | null } {
  const asStored = { pending: pending.count, held: held.count, oldestId: pending.oldestId };
  if (settling_since === null) return asStored;
  if (hold_reason === DELETED) return { pending: 0, held: 0, oldestId: null };
  const kept = discarded_at === null ? held.count : 0;
  if (hold_reason !== null) return { pending: 0, held: pending.count + kept, oldestId: null };
  return { pending: pending.count + kept, held: 0, oldestId: pending.oldestId ?? held.oldestId };
}
