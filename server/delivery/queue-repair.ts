import type { EntityManager } from 'typeorm';
import { inList } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';
import { wakeHeadsAt } from './queue-heads.js';

/** Most deliveries a repair moves at a time. */
const BATCH = 1_000;

/** Repairs what a crash between two commits, or a commit beside another one, left behind. */
export async function repairQueues(storage: Storage, manager: EntityManager): Promise<void> {
  await wakeLateHeads(storage, manager);
  await cancelOrphans(storage, manager);
  await holdMissed(manager);
  await releaseForgotten(storage, manager);
}

interface Head {
  webhook_id: string;
  next_due_at: number | string | null;
  earliest: number | string;
  due: number | string | null;
}

/** A head may not be due later than its first delivery. One index read a queue, however long the queues are. */
async function wakeLateHeads(storage: Storage, manager: EntityManager): Promise<void> {
  const heads = await manager.query<Head[]>(
    `select q.webhook_id, q.next_due_at, ${storage.sql.greatest}(0, coalesce(q.probe_at, 0), coalesce(q.throttle_at, 0)) as earliest,
       (select min(d.next_attempt_at) from deliveries d where d.webhook_id = q.webhook_id and d.status = 'PENDING') as due
     from queues q where q.hold_reason is null and (q.next_due_at is null or q.next_due_at > ?)`,
    [await storage.now(manager)],
  );
  for (const { webhook_id, next_due_at, earliest, due } of heads) {
    if (due === null) continue;
    const dueAt = Math.max(Number(due), Number(earliest));
    if (next_due_at === null || Number(next_due_at) > dueAt)
      await wakeHeadsAt(storage, manager, [webhook_id], dueAt);
  }
}

/** What was published, repeated or retried while its webhook was deleted is cancelled like all the rest. */
async function cancelOrphans(storage: Storage, manager: EntityManager): Promise<void> {
  const orphans = await findStray(
    manager,
    'exists (select 1 from webhooks w where w.id = q.webhook_id and w.deleted_at is not null)',
    `d.status in ('PENDING', 'HELD')`,
  );
  if (orphans.length === 0) return;
  const ids = orphans.map(({ id }) => id);
  await manager.query(
    `update deliveries set status = 'CANCELLED', completed_at = ?, next_attempt_at = null, lease_token = null
      where status in ('PENDING', 'HELD') and ${inList('id', ids)}`,
    [await storage.now(manager), ...ids],
  );
}

/** What was published while its queue came to be held waits for the same person. */
async function holdMissed(manager: EntityManager): Promise<void> {
  const missed = await findStray(
    manager,
    'q.hold_reason is not null',
    `d.status = 'PENDING' and d.lease_token is null`,
  );
  if (missed.length === 0) return;
  const ids = missed.map(({ id }) => id);
  await manager.query(
    `update deliveries set status = 'HELD', next_attempt_at = null
      where status = 'PENDING' and lease_token is null and ${inList('id', ids)}`,
    ids,
  );
}

/** What was published while its queue was still held, and committed after it was resumed, is due now. */
async function releaseForgotten(storage: Storage, manager: EntityManager): Promise<void> {
  const forgotten = await findStray(manager, 'q.hold_reason is null', `d.status = 'HELD'`);
  if (forgotten.length === 0) return;
  const now = await storage.now(manager);
  const ids = forgotten.map(({ id }) => id);
  await manager.query(
    `update deliveries set status = 'PENDING', next_attempt_at = ? where status = 'HELD' and ${inList('id', ids)}`,
    [now, ...ids],
  );
  const webhookIds = [...new Set(forgotten.map(({ webhook_id }) => webhook_id))];
  await wakeHeadsAt(storage, manager, webhookIds, now);
}

interface Stray {
  id: string;
  webhook_id: string;
}

/** Deliveries that do not fit their queue. First the queues: a join would read all deliveries to find that none is. */
async function findStray(manager: EntityManager, ofQueue: string, ofDelivery: string): Promise<Stray[]> {
  const queues = await manager.query<Array<{ webhook_id: string }>>(
    `select q.webhook_id from queues q where ${ofQueue}
       and exists (select 1 from deliveries d where d.webhook_id = q.webhook_id and ${ofDelivery})`,
  );
  if (queues.length === 0) return [];
  const webhookIds = queues.map(({ webhook_id }) => webhook_id);
  return manager.query<Stray[]>(
    `select d.id, d.webhook_id from deliveries d
      where ${inList('d.webhook_id', webhookIds)} and ${ofDelivery} limit ${BATCH}`,
    webhookIds,
  );
}
