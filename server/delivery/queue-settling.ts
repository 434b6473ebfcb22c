import type { EntityManager } from 'typeorm';
import { inList } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';
import { DELETED } from '../storage/entities/queue-head.js';
import { wakeHeadsAt } from './queue-heads.js';

/**
 * A decision about a queue — hold, resume, discard, delete — is one small change of its head and counts from then on:
 * claims look at the head. The deliveries follow it in batches, the first of them in the decision's own transaction;
 * `settling_since` says that there are more, so that whoever comes next, after a crash too, goes on where it stands.
 */

/** Most deliveries of a batch, so that SQLite's only writer is away for some ten milliseconds. */
export const SETTLED_AT_ONCE = 500;

/** Which deliveries of a queue do not stand as was decided, and how they will. */
interface Step {
  where: string;
  parameters: number[];
  becomes: 'PENDING' | 'HELD' | 'CANCELLED';
}

interface Head {
  hold_reason: string | null;
  discarded_at: number | string | null;
  settling_since: number | string | null;
}

/** What settling a queue came to. */
export interface Settled {
  moved: number;
  /** Whether all deliveries stand now as was decided. */
  settled: boolean;
  /** Whether some have become due. */
  released: boolean;
}

/** Has up to `most` deliveries follow what was decided of their queue. */
export async function settleQueue(
  storage: Storage,
  manager: EntityManager,
  webhookId: string,
  most = SETTLED_AT_ONCE,
): Promise<Settled> {
  const [head] = await manager.query<Head[]>(
    `select hold_reason, discarded_at, settling_since from queues where webhook_id = ? ${storage.sql.forUpdate}`,
    [webhookId],
  );
  if (!head) return { moved: 0, settled: true, released: false };
  const now = await storage.now(manager);
  let moved = 0;
  let released = false;
  for (const step of stepsOf(head)) {
    if (moved === most) break;
    const count = await move(storage, manager, { webhookId, step, most: most - moved, now });
    moved += count;
    released ||= count > 0 && step.becomes === 'PENDING';
  }
  const settled = moved < most;
  if (!settled && head.settling_since === null)
    await manager.query('update queues set settling_since = ? where webhook_id = ?', [now, webhookId]);
  if (settled && (head.settling_since !== null || head.discarded_at !== null))
    await manager.query('update queues set settling_since = null, discarded_at = null where webhook_id = ?', [
      webhookId,
    ]);
  return { moved, settled, released };
}

/** What was discarded is cancelled before anything else is held, or it could not be told from that. */
function stepsOf({ hold_reason, discarded_at }: Head): Step[] {
  if (hold_reason === DELETED)
    return ['PENDING', 'HELD'].map((status) => ({
      ...{ where: `status = '${status}'`, parameters: [], becomes: 'CANCELLED' },
    }));
  const discarded: Step[] =
    discarded_at === null
      ? []
      : [
          {
            where: `status = 'HELD' and created_at <= ?`,
            parameters: [Number(discarded_at)],
            becomes: 'CANCELLED',
          },
        ];
  const rest: Step =
    hold_reason === null
      ? { where: `status = 'HELD'`, parameters: [], becomes: 'PENDING' }
      : { where: `status = 'PENDING' and lease_token is null`, parameters: [], becomes: 'HELD' };
  return [...discarded, rest];
}

interface Move {
  webhookId: string;
  step: Step;
  most: number;
  now: number;
}

async function move(
  storage: Storage,
  manager: EntityManager,
  { webhookId, step: { where, parameters, becomes }, most, now }: Move,
): Promise<number> {
  const rows = await manager.query<Array<{ id: string }>>(
    `select id from deliveries where webhook_id = ? and ${where}
      order by next_attempt_at, id limit ${most} ${storage.sql.skipLocked}`,
    [webhookId, ...parameters],
  );
  if (rows.length === 0) return 0;
  const ids = rows.map(({ id }) => id);
  const dueAt = becomes === 'PENDING' ? now : null;
  const completedAt = becomes === 'CANCELLED' ? now : null;
  await manager.query(
    `update deliveries set status = ?, next_attempt_at = ?, completed_at = ?, lease_token = null
      where ${inList('id', ids)}`,
    [becomes, dueAt, completedAt, ...ids],
  );
  if (dueAt !== null) await wakeHeadsAt(storage, manager, [webhookId], dueAt);
  return rows.length;
}

/**
 * Has those follow that came to a queue after all others did: what was published while it came to be held, or was held
 * and committed after it was resumed, or was published before its webhook was deleted.
 */
export async function settleStrays(storage: Storage, manager: EntityManager): Promise<void> {
  const waits = (status: string): string =>
    `exists (select 1 from deliveries d where d.webhook_id = q.webhook_id and d.status = ${status})`;
  const queues = await manager.query<Array<{ webhook_id: string }>>(
    `select q.webhook_id from queues q where q.settling_since is null and case
       when q.hold_reason is null then ${waits(`'HELD'`)}
       when q.hold_reason = '${DELETED}' then ${waits(`'PENDING'`)} or ${waits(`'HELD'`)}
       else ${waits(`'PENDING' and d.lease_token is null`)} end`,
  );
  let left = SETTLED_AT_ONCE;
  for (const { webhook_id } of queues) {
    if (left > 0) left -= (await settleQueue(storage, manager, webhook_id, left)).moved;
  }
}
