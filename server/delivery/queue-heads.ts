import type { EntityManager } from 'typeorm';
import { inList } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';

/** A queue whose circuit is open or which is throttled is due no sooner than that allows. */
export const notBefore = (storage: Storage): string =>
  `${storage.sql.greatest}(?, coalesce(probe_at, 0), coalesce(throttle_at, 0))`;

/** Keeps others that lock these heads away until the transaction ends. */
export async function lockHeads(
  { sql }: Storage,
  manager: EntityManager,
  webhookIds: readonly string[],
): Promise<void> {
  await manager.query(
    `select webhook_id from queues where ${inList('webhook_id', webhookIds)} order by webhook_id ${sql.forUpdate}`,
    [...webhookIds],
  );
}

/** Makes queues due now, unless they are held. */
export async function wakeHeads(
  storage: Storage,
  manager: EntityManager,
  webhookIds: string[],
): Promise<void> {
  await wakeHeadsAt(storage, manager, webhookIds, await storage.now(manager));
}

/** Makes queues due at a time at the latest, unless they are held. */
export async function wakeHeadsAt(
  storage: Storage,
  manager: EntityManager,
  webhookIds: string[],
  dueAt: number,
): Promise<void> {
  if (webhookIds.length === 0) return;
  await manager.query(
    `update queues set next_due_at = ${notBefore(storage)}
      where ${inList('webhook_id', webhookIds)} and hold_reason is null and (next_due_at is null or next_due_at > ?)`,
    [dueAt, ...webhookIds, dueAt],
  );
}
