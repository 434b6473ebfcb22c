import type { EntityManager } from 'typeorm';
import { inList } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';
import { CIRCUIT_OPENS_AT, circuitProbeDelayMs } from './circuit.js';
import { groupBy } from './group-by.js';
import { holdQueue } from './queue-holds.js';
import { notBefore, wakeHeadsAt } from './queue-heads.js';
import type { RoundEnd } from './queue.js';

/** Writes what rounds came to; a round whose lease was lost changes nothing here. */
export async function completeRounds(
  storage: Storage,
  manager: EntityManager,
  rounds: readonly RoundEnd[],
): Promise<void> {
  const now = await storage.now(manager);
  await endFinished(manager, rounds, now);
  await reschedule(storage, manager, rounds, now);
  for (const [webhookId, ends] of groupBy(
    rounds,
    (round) => round.delivery.webhookId,
    (round) => round,
  ))
    await updateHealth(storage, manager, webhookId, ends, now);
}

/** Most rounds succeed at the first request: one statement a claim ends them all. */
async function endFinished(manager: EntityManager, rounds: readonly RoundEnd[], now: number): Promise<void> {
  const finished = rounds.filter(({ next }) => next.status === 'SUCCEEDED' || next.status === 'FAILED');
  const alike = groupBy(
    finished,
    ({ delivery, next, attempts }) => `${delivery.leaseToken} ${next.status} ${attempts}`,
    (round) => round,
  );
  for (const group of alike.values()) {
    const [{ delivery, next, attempts }] = group as [RoundEnd, ...RoundEnd[]];
    const ids = group.map((round) => round.delivery.id);
    await manager.query(
      `update deliveries set status = ?, attempt_count = attempt_count + ?, round_count = round_count + 1,
         completed_at = ?, next_attempt_at = null, lease_token = null
        where lease_token = ? and ${inList('id', ids)}`,
      [next.status, attempts, now, delivery.leaseToken, ...ids],
    );
  }
}

async function reschedule(
  storage: Storage,
  manager: EntityManager,
  rounds: readonly RoundEnd[],
  now: number,
): Promise<void> {
  for (const { delivery, next, attempts } of rounds) {
    if (next.status !== 'PENDING' && next.status !== 'HELD') continue;
    const dueAt = next.status === 'PENDING' ? now + next.delayMs : null;
    await manager.query(
      `update deliveries set attempt_count = attempt_count + ?, round_count = round_count + ?, trigger_kind = ?,
         status = case when ? and (select hold_reason from queues where webhook_id = ?) is null
           then 'PENDING' else 'HELD' end,
         next_attempt_at = ?, lease_token = null
        where id = ? and lease_token = ?`,
      [
        ...[attempts, attempts > 0 && dueAt !== null ? 1 : 0, attempts > 0 ? 'RETRY' : delivery.trigger],
        ...[dueAt === null ? 0 : 1, delivery.webhookId, dueAt, delivery.id, delivery.leaseToken],
      ],
    );
    if (dueAt !== null) await wakeHeadsAt(storage, manager, [delivery.webhookId], dueAt);
  }
}

/** Counts a webhook's failed rounds in a row, opens and closes its circuit, and holds it where a person must act. */
async function updateHealth(
  storage: Storage,
  manager: EntityManager,
  webhookId: string,
  rounds: RoundEnd[],
  now: number,
): Promise<void> {
  const held = rounds.find(({ next }) => next.status === 'HELD');
  if (held?.next.status === 'HELD') {
    await holdQueue(storage, manager, webhookId, {
      reason: held.next.reason,
      errorClass: held.errorClass,
      hint: held.hint,
    });
    return;
  }
  const lastSuccess = rounds.findLastIndex(({ next }) => next.status === 'SUCCEEDED');
  const failed = rounds.slice(lastSuccess + 1).filter(({ attempts }) => attempts > 0);
  const last = failed.at(-1);
  if (lastSuccess >= 0 && rounds.some(({ delivery }) => delivery.webhookFailures > 0))
    await closeCircuit(manager, webhookId, now);
  if (last) await countFailures(storage, manager, webhookId, failed.length, last, now);
}

async function closeCircuit(manager: EntityManager, webhookId: string, now: number): Promise<void> {
  await manager.query(
    `update queues set consecutive_failures = 0, failing_since = null, error_class = null, hint = null, probe_at = null,
       next_due_at = case when hold_reason is null then ? else null end
      where webhook_id = ? and consecutive_failures > 0`,
    [now, webhookId],
  );
}

async function countFailures(
  storage: Storage,
  manager: EntityManager,
  webhookId: string,
  count: number,
  { errorClass, hint }: RoundEnd,
  now: number,
): Promise<void> {
  await manager.query(
    `update queues set consecutive_failures = consecutive_failures + ?, failing_since = coalesce(failing_since, ?),
       error_class = ?, hint = ? where webhook_id = ?`,
    [count, now, errorClass, hint, webhookId],
  );
  const [head] = await manager.query<Array<{ consecutive_failures: number; failing_since: number | string }>>(
    'select consecutive_failures, failing_since from queues where webhook_id = ?',
    [webhookId],
  );
  if (!head || head.consecutive_failures < CIRCUIT_OPENS_AT) return;
  const probeAt = now + circuitProbeDelayMs(now - Number(head.failing_since), Math.random);
  await manager.query('update queues set probe_at = ? where webhook_id = ?', [probeAt, webhookId]);
  await manager.query(
    `update queues set next_due_at = ${notBefore(storage)}
      where webhook_id = ? and hold_reason is null and next_due_at is not null`,
    [probeAt, webhookId],
  );
}
