import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { Delivery } from '../storage/entities/delivery.js';
import type { DeliveryFilter } from './delivery.input.js';
import { filterDeliveries } from './delivery-filter.js';

/** Which deliveries a replay repeats. */
export interface Matching {
  /** Of webhooks of accounts at or below these paths; '' is everything. */
  paths: readonly string[];
  filter: DeliveryFilter;
  /** Only what was final by then, in milliseconds since 1970. */
  finalBy: number;
  /** What this replay has made already does not match again; null: it has not begun. */
  replayId: string | null;
}

/**
 * Whether a newer delivery of the event to the webhook stands in for this one: it still waits, it succeeded where this
 * one did not, or it is of the same replay.
 */
const REPLACED = `exists (select 1 from deliveries s
  where s.event_id = delivery.eventId and s.webhook_id = delivery.webhookId and s.id > delivery.id and (
    s.status in ('PENDING', 'HELD') or (s.status = 'SUCCEEDED' and delivery.status <> 'SUCCEEDED') or
    s.replay_id = :replayId))`;
const DELETED = `exists (select 1 from webhooks w where w.id = delivery.webhookId and w.deleted_at is not null)`;

/** The deliveries that match, aliased `delivery`. */
export const findMatching = (
  manager: EntityManager,
  { paths, filter, finalBy, replayId }: Matching,
): SelectQueryBuilder<Delivery> =>
  filterDeliveries(manager.createQueryBuilder(Delivery, 'delivery'), paths, filter)
    .andWhere(`delivery.status in ('SUCCEEDED', 'FAILED', 'CANCELLED')`)
    .andWhere('delivery.completedAt <= :finalBy', { finalBy })
    .andWhere(`not ${DELETED}`)
    .andWhere(`not ${REPLACED}`, { replayId: replayId ?? '' });

/** Restricts to ids after `from`, up to `to`. */
export const inStretch = (
  query: SelectQueryBuilder<Delivery>,
  from: string,
  to: string,
): SelectQueryBuilder<Delivery> => query.andWhere('delivery.id > :from and delivery.id <= :to', { from, to });

/** The id where the next stretch of so many deliveries ends, matching or not; null: nothing is left. */
export async function endOfStretch(
  manager: EntityManager,
  from: string,
  last: string,
  length: number,
): Promise<string | null> {
  const [row] = await manager.query<Array<{ id: string | null }>>(
    `select max(id) as id from (
       select id from deliveries where id > ? and id <= ? order by id limit ${length}) stretch`,
    [from, last],
  );
  return row?.id ?? null;
}
