import type { EntityManager } from 'typeorm';
import { inList, insertRows } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';
import { groupBy } from './group-by.js';
import { wakeHeads, wakeHeadsAt } from './queue-heads.js';
import type { Ack, RoundEnd } from './queue.js';

/** A request whose acknowledgment is waited for, with the deliveries it carried. */
export interface PendingAck extends Ack {
  webhookId: string;
  deliveryIds: string[];
  /** Milliseconds since 1970. */
  expiresAt: number;
}

interface AckRow {
  webhook_id: string;
  channel: string;
  ack_id: number | string;
  delivery_ids: string;
  expires_at: number | string;
}

const COLUMNS = ['webhook_id', 'channel', 'ack_id', 'delivery_ids', 'next_poll_at', 'expires_at'];
const ONE_ACK = 'webhook_id = ? and channel = ? and ack_id = ?';
const keyOf = ({ webhookId, channel, id }: PendingAck): [string, string, number] => [webhookId, channel, id];

/**
 * Notes what ended rounds wait for. A number that was given before means that the receiver has begun to count again:
 * it will never confirm the earlier request, whose deliveries go out again when their time is over.
 */
export async function recordAcks(
  storage: Storage,
  manager: EntityManager,
  rounds: readonly RoundEnd[],
  now: number,
): Promise<void> {
  const waiting = rounds.flatMap(({ delivery: { id, webhookId }, next }) =>
    next.status === 'PENDING' && next.ack ? [{ deliveryId: id, webhookId, ack: next.ack }] : [],
  );
  const requests = groupBy(
    waiting,
    ({ webhookId, ack }) => `${webhookId} ${ack.channel} ${ack.id}`,
    (round) => round,
  );
  for (const request of requests.values()) {
    const [{ webhookId, ack }] = request as [(typeof waiting)[number]];
    const deliveryIds = request.map(({ deliveryId }) => deliveryId);
    await giveUp(storage, manager, [webhookId, ack.channel, ack.id]);
    await insertRows(manager, 'pending_acks', COLUMNS, [
      [webhookId, ack.channel, ack.id, JSON.stringify(deliveryIds), now, now + ack.timeoutMs],
    ]);
  }
}

/** Stops to ask for a number, if anybody does; its deliveries are due when its time is over. */
async function giveUp(
  storage: Storage,
  manager: EntityManager,
  key: ReturnType<typeof keyOf>,
): Promise<void> {
  const rows = await manager.query<AckRow[]>(`select * from pending_acks where ${ONE_ACK}`, key);
  for (const { webhookId, deliveryIds, expiresAt } of rows.map(toPendingAck)) {
    await manager.query(
      `update deliveries set next_attempt_at = ?
        where status = 'PENDING' and lease_token is null and ${inList('id', deliveryIds)}`,
      [expiresAt, ...deliveryIds],
    );
    await wakeHeadsAt(storage, manager, [webhookId], expiresAt);
    await manager.query(`delete from pending_acks where ${ONE_ACK}`, key);
  }
}

/** Takes acknowledgments that are due to be asked for; nobody else gets them within `pollEveryMs`. */
export async function takeDueAcks(
  storage: Storage,
  manager: EntityManager,
  pollEveryMs: number,
  limit: number,
): Promise<PendingAck[]> {
  const now = await storage.now(manager);
  const rows = await manager.query<AckRow[]>(
    `select webhook_id, channel, ack_id, delivery_ids, expires_at from pending_acks where next_poll_at <= ?
      order by next_poll_at limit ${limit} ${storage.sql.skipLocked}`,
    [now],
  );
  const taken = rows.map(toPendingAck);
  for (const ack of taken)
    await manager.query(`update pending_acks set next_poll_at = ? where ${ONE_ACK}`, [
      now + pollEveryMs,
      ...keyOf(ack),
    ]);
  return taken;
}

/** What the receiver has confirmed is delivered, and never asked for again. */
export async function confirmAcks(
  storage: Storage,
  manager: EntityManager,
  confirmed: readonly PendingAck[],
): Promise<void> {
  for (const ack of confirmed) {
    await end(storage, manager, ack.deliveryIds, 'SUCCEEDED');
    await manager.query(`delete from pending_acks where ${ONE_ACK}`, keyOf(ack));
  }
}

/** What was not confirmed in time goes out again now, or has failed after so many rounds. */
export async function expireAcks(
  storage: Storage,
  manager: EntityManager,
  expired: readonly PendingAck[],
  mostRounds: number,
): Promise<void> {
  const now = await storage.now(manager);
  for (const ack of expired) {
    const exhausted = await manager.query<Array<{ id: string }>>(
      `select id from deliveries where ${inList('id', ack.deliveryIds)} and status = 'PENDING' and round_count > ?`,
      [...ack.deliveryIds, mostRounds],
    );
    const ids = exhausted.map(({ id }) => id);
    await end(storage, manager, ids, 'FAILED');
    await manager.query(
      `update deliveries set next_attempt_at = ?
        where status = 'PENDING' and lease_token is null and ${inList('id', ack.deliveryIds)}`,
      [now, ...ack.deliveryIds],
    );
    await manager.query(`delete from pending_acks where ${ONE_ACK}`, keyOf(ack));
  }
  await wakeHeads(storage, manager, [...new Set(expired.map(({ webhookId }) => webhookId))]);
}

/** Ends deliveries that nobody is sending; counts those of replays. */
async function end(
  { sql, now }: Storage,
  manager: EntityManager,
  deliveryIds: readonly string[],
  status: 'SUCCEEDED' | 'FAILED',
): Promise<void> {
  const waiting = await manager.query<Array<{ id: string; replay_id: string | null }>>(
    `select id, replay_id from deliveries
      where ${inList('id', deliveryIds)} and status in ('PENDING', 'HELD') and lease_token is null ${sql.forUpdate}`,
    [...deliveryIds],
  );
  const ids = waiting.map(({ id }) => id);
  await manager.query(
    `update deliveries set status = ?, completed_at = ?, next_attempt_at = null where ${inList('id', ids)}`,
    [status, await now(manager), ...ids],
  );
  const counter = status === 'SUCCEEDED' ? 'succeeded_count' : 'failed_count';
  const replays = groupBy(
    waiting,
    ({ replay_id }) => replay_id,
    ({ id }) => id,
  );
  for (const [replayId, ended] of replays)
    if (replayId !== null)
      await manager.query(`update replays set ${counter} = ${counter} + ? where id = ?`, [
        ended.length,
        replayId,
      ]);
}

const toPendingAck = (row: AckRow): PendingAck => ({
  webhookId: row.webhook_id,
  channel: row.channel,
  id: Number(row.ack_id),
  deliveryIds: JSON.parse(row.delivery_ids) as string[],
  expiresAt: Number(row.expires_at),
});
