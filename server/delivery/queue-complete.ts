import type { EntityManager } from 'typeorm';
import { inList } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';
import { groupBy } from './group-by.js';
import { recordAcks } from './queue-acks.js';
import { wakeHeadsAt } from './queue-heads.js';
import { findFailing, updateHealth } from './queue-health.js';
import type { ClaimedDelivery, NextState, RoundEnd } from './queue.js';

/** What ending rounds takes. */
export interface CompleteDeps {
  storage: Storage;
  autoDisableAfterMs: number;
}

/** Writes what rounds came to; a round whose lease was lost changes nothing here. */
export async function completeRounds(
  deps: CompleteDeps,
  manager: EntityManager,
  rounds: readonly RoundEnd[],
): Promise<void> {
  const now = await deps.storage.now(manager);
  await endFinished(deps.storage, manager, rounds, now);
  await reschedule(deps.storage, manager, rounds, now);
  await recordAcks(deps.storage, manager, rounds, now);
  const byWebhook = groupBy(
    rounds,
    ({ delivery }) => delivery.webhookId,
    (round) => round,
  );
  const failing = await findFailing(manager, [...byWebhook.keys()]);
  for (const [webhookId, ends] of byWebhook)
    await updateHealth(deps, manager, { webhookId, rounds: ends, wasFailing: failing.has(webhookId) }, now);
}

/** Most rounds succeed at the first request: one statement a claim ends them all. */
async function endFinished(
  storage: Storage,
  manager: EntityManager,
  rounds: readonly RoundEnd[],
  now: number,
): Promise<void> {
  const finished = rounds.filter(({ next }) => next.status === 'SUCCEEDED' || next.status === 'FAILED');
  const alike = groupBy(
    finished,
    ({ delivery, next, attempts }) =>
      `${delivery.leaseToken} ${next.status} ${attempts} ${delivery.replayId ?? ''}`,
    (round) => round,
  );
  for (const group of alike.values()) {
    const [{ delivery, next, attempts }] = group as [RoundEnd, ...RoundEnd[]];
    const ids = group.map((round) => round.delivery.id);
    if (delivery.replayId !== null) await countInReplay(storage, manager, delivery, next.status, ids);
    await manager.query(
      `update deliveries set status = ?, attempt_count = attempt_count + ?, round_count = round_count + 1,
         completed_at = ?, next_attempt_at = null, lease_token = null
        where lease_token = ? and ${inList('id', ids)}`,
      [next.status, attempts, now, delivery.leaseToken, ...ids],
    );
  }
}

/** Counts what a replay's deliveries are about to come to, those alone whose lease still stands. */
async function countInReplay(
  { sql }: Storage,
  manager: EntityManager,
  { leaseToken, replayId }: ClaimedDelivery,
  status: NextState['status'],
  ids: readonly string[],
): Promise<void> {
  const ours = await manager.query<unknown[]>(
    `select id from deliveries where lease_token = ? and ${inList('id', ids)} ${sql.forUpdate}`,
    [leaseToken, ...ids],
  );
  const counter = status === 'SUCCEEDED' ? 'succeeded_count' : 'failed_count';
  await manager.query(`update replays set ${counter} = ${counter} + ? where id = ?`, [ours.length, replayId]);
}

/** Whether what has a time to wait for is in a queue that is not held. */
const WAITS = '? is not null and (select hold_reason from queues where webhook_id = ?) is null';

/** What waits again waits for its time, or, in a held queue, for a person; a batch that failed waits together. */
async function reschedule(
  storage: Storage,
  manager: EntityManager,
  rounds: readonly RoundEnd[],
  now: number,
): Promise<void> {
  const alike = groupBy(
    rounds.filter(({ next }) => next.status === 'PENDING' || next.status === 'HELD'),
    ({ delivery, next, attempts, outcome }) => {
      const delayMs = next.status === 'PENDING' ? next.delayMs : -1;
      return `${delivery.leaseToken} ${delivery.webhookId} ${delivery.trigger} ${attempts} ${outcome} ${delayMs}`;
    },
    (round) => round,
  );
  for (const group of alike.values()) {
    const [{ delivery, next, attempts, outcome }] = group as [RoundEnd, ...RoundEnd[]];
    const dueAt = next.status === 'PENDING' ? now + next.delayMs : null;
    const ids = group.map((round) => round.delivery.id);
    await manager.query(
      `update deliveries set attempt_count = attempt_count + ?, round_count = round_count + ?, trigger_kind = ?,
         status = case when ${WAITS} then 'PENDING' else 'HELD' end,
         next_attempt_at = case when ${WAITS} then ? end, lease_token = null
        where lease_token = ? and ${inList('id', ids)}`,
      [
        ...[attempts, outcome !== null && dueAt !== null ? 1 : 0, attempts > 0 ? 'RETRY' : delivery.trigger],
        ...[dueAt, delivery.webhookId, dueAt, delivery.webhookId, dueAt, delivery.leaseToken, ...ids],
      ],
    );
    if (dueAt !== null) await wakeHeadsAt(storage, manager, [delivery.webhookId], dueAt);
  }
}
