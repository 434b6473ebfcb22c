import type { EntityManager } from 'typeorm';
import { inList } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';

/** A queue whose circuit is open or which is throttled is due no sooner than that allows. */
export const notBefore = (storage: Storage): string =>
  `${storage.sql.greatest}(?, coalesce(probe_at, 0), coalesce(throttle_at, 0))`;

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

/** Finds waiting deliveries whose head a crash left behind, and those that a hold missed. */
export async function repairHeads(storage: Storage, manager: EntityManager): Promise<void> {
  const late = await manager.query<Array<{ webhook_id: string; due: number | string }>>(
    `select q.webhook_id, d.due from queues q join (
       select webhook_id, min(next_attempt_at) as due from deliveries where status = 'PENDING' group by webhook_id
     ) d on d.webhook_id = q.webhook_id
     where q.hold_reason is null and (q.next_due_at is null or q.next_due_at >
       ${storage.sql.greatest}(d.due, coalesce(q.probe_at, 0), coalesce(q.throttle_at, 0)))`,
  );
  for (const { webhook_id, due } of late) await wakeHeadsAt(storage, manager, [webhook_id], Number(due));
  const missed = await manager.query<Array<{ id: string }>>(
    `select d.id from queues q join deliveries d on d.webhook_id = q.webhook_id and d.status = 'PENDING'
      where q.hold_reason is not null and d.lease_token is null limit 1000`,
  );
  const ids = missed.map(({ id }) => id);
  if (ids.length > 0)
    await manager.query(
      `update deliveries set status = 'HELD', next_attempt_at = null
        where status = 'PENDING' and lease_token is null and ${inList('id', ids)}`,
      ids,
    );
}
