import type { EntityManager } from 'typeorm';
import { inList } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';
import { DELETED, type HoldReason } from '../storage/entities/queue-head.js';
import { SETTLED_AT_ONCE, settleQueue } from './queue-settling.js';

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
  await settleQueue(storage, manager, webhookId);
  return head?.hold_reason === null;
}

/** Lets a held webhook deliver again, from a clean record; what was held is due at once. */
export async function resumeQueue(
  storage: Storage,
  manager: EntityManager,
  webhookId: string,
): Promise<void> {
  await manager.query(
    `update queues set hold_reason = null, consecutive_failures = 0, failing_since = null, error_class = null,
       hint = null, probe_at = null, next_due_at = ? where webhook_id = ?`,
    [await storage.now(manager), webhookId],
  );
  await settleQueue(storage, manager, webhookId);
}

/**
 * Ends what is held without sending it: final. Answers false, and does nothing, while deliveries still follow an
 * earlier decision: which of them are held cannot be told before they have.
 */
export async function discardHeld(
  storage: Storage,
  manager: EntityManager,
  webhookId: string,
): Promise<boolean> {
  const [head] = await manager.query<Array<{ settling_since: number | string | null }>>(
    `select settling_since from queues where webhook_id = ? ${storage.sql.forUpdate}`,
    [webhookId],
  );
  if (head?.settling_since != null) return false;
  await manager.query('update queues set discarded_at = ? where webhook_id = ?', [
    await storage.now(manager),
    webhookId,
  ]);
  await settleQueue(storage, manager, webhookId);
  return true;
}

/**
 * Ends all that waits for deleted webhooks; a round under way is cut off from its delivery. Answers how much that is, if
 * it could be done at once; null: the rest follows.
 */
export async function cancelQueues(
  storage: Storage,
  manager: EntityManager,
  webhookIds: readonly string[],
): Promise<number | null> {
  await manager.query(
    `update queues set hold_reason = ?, next_due_at = null, settling_since = ? where ${inList('webhook_id', webhookIds)}`,
    [DELETED, await storage.now(manager), ...webhookIds],
  );
  let cancelled = 0;
  for (const webhookId of webhookIds) {
    const { moved, settled } = await settleQueue(storage, manager, webhookId, SETTLED_AT_ONCE - cancelled);
    cancelled += moved;
    if (!settled) return null;
  }
  return cancelled;
}
