import type { EntityManager } from 'typeorm';
import { hookwatch, recordChange } from '../storage/audit.js';
import { inList } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';
import { CIRCUIT_OPENS_AT, circuitProbeDelayMs } from './circuit.js';
import type { CompleteDeps } from './queue-complete.js';
import { notBefore } from './queue-heads.js';
import { holdQueue } from './queue-holds.js';
import { settleQueue } from './queue-settling.js';
import type { RoundEnd } from './queue.js';

/**
 * A webhook's circuit: closed while rounds succeed; open after five failed rounds in a row, when one probe at a time
 * goes out; closed again by the first success. A receiver that asks with Retry-After to be left alone is, altogether. A
 * webhook whose rounds show that a person must act is held.
 */
export async function updateHealth(
  deps: CompleteDeps,
  manager: EntityManager,
  { webhookId, rounds, wasFailing }: { webhookId: string; rounds: readonly RoundEnd[]; wasFailing: boolean },
  now: number,
): Promise<void> {
  const held = rounds.find(({ next }) => next.status === 'HELD');
  if (held?.next.status === 'HELD') return hold(deps.storage, manager, held, held.next.reason);
  const lastSuccess = rounds.findLastIndex(({ outcome }) => outcome === 'SUCCEEDED');
  const failed = rounds.slice(lastSuccess + 1).filter(({ outcome }) => outcome === 'RETRYABLE');
  const last = failed.at(-1);
  if (lastSuccess >= 0 && wasFailing) await closeCircuit(manager, webhookId, now);
  if (last) await countFailures(deps, manager, last, failed, now);
  else if (lastSuccess < 0 && wasFailing) await probeAgain(manager, webhookId, now);
}

/** Those of the webhooks whose last round failed: what a claim knew of it may be out of date. */
export async function findFailing(
  manager: EntityManager,
  webhookIds: readonly string[],
): Promise<Set<string>> {
  const rows = await manager.query<Array<{ webhook_id: string }>>(
    `select webhook_id from queues where consecutive_failures > 0 and ${inList('webhook_id', webhookIds)}`,
    [...webhookIds],
  );
  return new Set(rows.map(({ webhook_id }) => webhook_id));
}

/** What went out in one request failed once. */
function countRounds(rounds: readonly RoundEnd[]): number {
  const shared = new Set(rounds.map(({ sharedRequestId }) => sharedRequestId));
  return (
    rounds.filter(({ sharedRequestId }) => sharedRequestId === null).length +
    shared.size -
    Number(shared.has(null))
  );
}

/** A probe that ended because of its payload, or was not sent, says nothing of the receiver: the next one may go. */
async function probeAgain(manager: EntityManager, webhookId: string, now: number): Promise<void> {
  await manager.query(
    `update queues set probe_at = null, next_due_at = ?
      where webhook_id = ? and hold_reason is null and consecutive_failures >= ${CIRCUIT_OPENS_AT}`,
    [now, webhookId],
  );
}

async function closeCircuit(manager: EntityManager, webhookId: string, now: number): Promise<void> {
  await manager.query(
    `update queues set consecutive_failures = 0, failing_since = null, error_class = null, hint = null, probe_at = null,
       next_due_at = case when hold_reason is null then ? else null end
      where webhook_id = ? and consecutive_failures > 0`,
    [now, webhookId],
  );
}

interface Failing {
  consecutive_failures: number;
  failing_since: number | string;
  hold_reason: string | null;
}

async function countFailures(
  { storage, autoDisableAfterMs }: CompleteDeps,
  manager: EntityManager,
  last: RoundEnd,
  failed: readonly RoundEnd[],
  now: number,
): Promise<void> {
  const { webhookId } = last.delivery;
  await manager.query(
    `update queues set consecutive_failures = consecutive_failures + ?, failing_since = coalesce(failing_since, ?),
       error_class = ?, hint = ? where webhook_id = ?`,
    [countRounds(failed), now, last.errorClass, last.hint, webhookId],
  );
  const [head] = await manager.query<Failing[]>(
    'select consecutive_failures, failing_since, hold_reason from queues where webhook_id = ?',
    [webhookId],
  );
  if (!head) return;
  if (head.hold_reason !== null) {
    // Another worker has just held the queue: what was given back here meanwhile follows.
    await settleQueue(storage, manager, webhookId);
    return;
  }
  const isOpen = head.consecutive_failures >= CIRCUIT_OPENS_AT;
  const failingForMs = now - Number(head.failing_since);
  if (isOpen && failingForMs >= autoDisableAfterMs) return hold(storage, manager, last, 'AUTO_DISABLED');
  const circuitMs = isOpen ? circuitProbeDelayMs(failingForMs, Math.random) : 0;
  const waitMs = Math.max(circuitMs, ...failed.map(({ retryAfterMs }) => retryAfterMs ?? 0));
  if (waitMs === 0) return;
  const probeAt = now + waitMs;
  await manager.query('update queues set probe_at = ? where webhook_id = ?', [probeAt, webhookId]);
  await manager.query(
    `update queues set next_due_at = ${notBefore(storage)} where webhook_id = ? and next_due_at is not null`,
    [probeAt, webhookId],
  );
}

/** Holds the queue, and leaves word in the audit log when it was Hookwatch that switched the webhook off. */
async function hold(
  storage: Storage,
  manager: EntityManager,
  { delivery, errorClass, hint }: RoundEnd,
  reason: 'INACTIVE' | 'MISCONFIGURED' | 'AUTO_DISABLED',
): Promise<void> {
  const { webhookId, ownerId } = delivery;
  const isNew = await holdQueue(storage, manager, webhookId, { reason, errorClass, hint });
  if (!isNew || reason !== 'AUTO_DISABLED') return;
  await recordChange(manager, hookwatch, {
    accountId: ownerId,
    action: 'webhook.auto_disabled',
    target: webhookId,
    changes: { reason: errorClass },
  });
}
