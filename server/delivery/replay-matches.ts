import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { Delivery } from '../storage/entities/delivery.js';
import { unindexed, type IdRange, type LongList } from '../storage/long-list.js';
import type { DeliveryFilter } from './delivery.input.js';
import { listDeliveries } from './delivery-list.js';

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
  where s.event_id = delivery.eventId and ${unindexed('s.webhook_id')} = delivery.webhookId and ${unindexed('s.id')} > delivery.id
    and (s.status in ('PENDING', 'HELD') or (s.status = 'SUCCEEDED' and delivery.status <> 'SUCCEEDED') or
      s.replay_id = :replayId))`;
const DELETED = `exists (select 1 from webhooks w where w.id = delivery.webhookId and w.deleted_at is not null)`;

const FINAL = `${unindexed('delivery.status')} in ('SUCCEEDED', 'FAILED', 'CANCELLED')`;

/** The deliveries that match. */
export const listMatching = (manager: EntityManager, matching: Matching): Promise<LongList<Delivery>> =>
  listDeliveries(manager, matching.paths, matching.filter, (query) => restrictToMatching(query, matching));

/** Those of these deliveries that match still. */
export const findStillMatching = (
  manager: EntityManager,
  matching: Matching,
  ids: readonly string[],
): Promise<Delivery[]> =>
  restrictToMatching(manager.createQueryBuilder(Delivery, 'delivery').whereInIds(ids), matching)
    .orderBy('delivery.id')
    .getMany();

const restrictToMatching = (
  query: SelectQueryBuilder<Delivery>,
  { finalBy, replayId }: Matching,
): SelectQueryBuilder<Delivery> =>
  query
    .andWhere(FINAL)
    .andWhere('delivery.completedAt <= :finalBy', { finalBy })
    .andWhere(`not ${DELETED}`)
    .andWhere(`not ${REPLACED}`, { replayId: replayId ?? '' });

/** The ids after one, up to another one. */
export const idsAfter = (from: string, last: string): IdRange => ({ above: from, below: `${last}~` });
