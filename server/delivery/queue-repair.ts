import type { EntityManager } from 'typeorm';
import type { Storage } from '../storage/data-source.js';
import { wakeHeadsAt } from './queue-heads.js';
import { settleStrays } from './queue-settling.js';

/** Repairs what a crash between two commits, or a commit beside another one, left behind. */
export async function repairQueues(storage: Storage, manager: EntityManager): Promise<void> {
  await wakeLateHeads(storage, manager);
  await settleStrays(storage, manager);
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
