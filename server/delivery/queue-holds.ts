import { In, type EntityManager } from 'typeorm';
import type { Storage } from '../storage/data-source.js';
import { Delivery, DeliveryStatus } from '../storage/entities/delivery.js';
import type { HoldReason } from '../storage/entities/queue-head.js';

/** Why a queue is held, for the people who can act on it. */
export interface Hold {
  reason: HoldReason;
  errorClass: string | null;
  hint: string | null;
}

/**
 * Holds a webhook's waiting deliveries until a person acts; rounds under way end as they will, an earlier hold stays.
 * Answers whether it was not held before.
 */
export async function holdQueue(
  storage: Storage,
  manager: EntityManager,
  webhookId: string,
  { reason, errorClass, hint }: Hold,
): Promise<boolean> {
  const now = await storage.now(manager);
  const [head] = await manager.query<Array<{ hold_reason: string | null }>>(
    `select hold_reason from queues where webhook_id = ? ${storage.sql.forUpdate}`,
    [webhookId],
  );
  await manager.query(
    `update queues set hold_reason = ?, error_class = ?, hint = ?, failing_since = ?, next_due_at = null
      where webhook_id = ? and hold_reason is null`,
    [reason, errorClass, hint, now, webhookId],
  );
  await manager.query(
    `update deliveries set status = 'HELD', next_attempt_at = null
      where webhook_id = ? and status = 'PENDING' and lease_token is null`,
    [webhookId],
  );
  return head?.hold_reason === null;
}

/** Lets a held webhook deliver again, from a clean record; what was held is due at once. */
export async function resumeQueue(
  storage: Storage,
  manager: EntityManager,
  webhookId: string,
): Promise<void> {
  const now = await storage.now(manager);
  await manager.query(
    `update queues set hold_reason = null, consecutive_failures = 0, failing_since = null, error_class = null,
       hint = null, probe_at = null, next_due_at = ? where webhook_id = ?`,
    [now, webhookId],
  );
  await manager.query(
    `update deliveries set status = 'PENDING', next_attempt_at = ? where webhook_id = ? and status = 'HELD'`,
    [now, webhookId],
  );
}

/** Ends what is held without sending it: final. */
export async function discardHeld(
  storage: Storage,
  manager: EntityManager,
  webhookId: string,
): Promise<void> {
  await manager.query(
    `update deliveries set status = 'CANCELLED', completed_at = ?, next_attempt_at = null
      where webhook_id = ? and status = 'HELD'`,
    [await storage.now(manager), webhookId],
  );
}

/** Ends all that waits for a deleted webhook and answers how much; a round under way is cut off from its delivery. */
export async function cancelQueue(
  storage: Storage,
  manager: EntityManager,
  webhookId: string,
): Promise<number> {
  await manager.query(`update queues set hold_reason = 'INACTIVE', next_due_at = null where webhook_id = ?`, [
    webhookId,
  ]);
  const { affected } = await manager.update(
    Delivery,
    { webhookId, status: In([DeliveryStatus.PENDING, DeliveryStatus.HELD]) },
    {
      status: DeliveryStatus.CANCELLED,
      completedAt: new Date(await storage.now(manager)),
      dueAt: null,
      leaseToken: null,
    },
  );
  return affected ?? 0;
}
