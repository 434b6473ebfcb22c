import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import type { Storage } from '../storage/data-source.js';
import { Delivery } from '../storage/entities/delivery.js';
import { unindexed } from '../storage/long-list.js';
import { listDeliveries } from './delivery-list.js';
import { idsAfter, MADE_AT_ONCE, newestIdOf, type ReplayScope, type ReplaySource } from './replay-source.js';

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

/** The deliveries that were final when the replay began and that it repeats. */
export function createFinalDeliveries({ read }: Storage, scope: ReplayScope): ReplaySource {
  const list = (): ReturnType<typeof listDeliveries> =>
    listDeliveries(read, scope.paths, scope.filter, (query) => restrictToMatching(query, scope));

  return {
    newestId: () => newestIdOf(read, 'deliveries'),
    count: async (lastId) => (await list()).count(idsAfter('', lastId)),
    async find(range, signal) {
      const deliveries = await list();
      const found = await deliveries.read({ ...range, direction: 'ASC', limit: MADE_AT_ONCE, signal });
      return { ids: found.map(({ id }) => id), isLast: found.length < MADE_AT_ONCE };
    },
    decide: async (manager, ids) =>
      onePerPair(await findStillMatching(manager, scope, ids)).map((delivery) => ({
        eventId: delivery.eventId,
        webhookId: delivery.webhookId,
        accountId: delivery.accountId,
        ownerId: delivery.ownerId,
        eventType: delivery.eventType,
        replayOfId: delivery.id,
      })),
  };
}

/** Those of these deliveries that match still. */
const findStillMatching = (
  manager: EntityManager,
  scope: ReplayScope,
  ids: readonly string[],
): Promise<Delivery[]> =>
  restrictToMatching(manager.createQueryBuilder(Delivery, 'delivery').whereInIds(ids), scope)
    .orderBy('delivery.id')
    .getMany();

/** What this replay has made already does not match again. */
const restrictToMatching = (
  query: SelectQueryBuilder<Delivery>,
  { beganAt, replayId }: ReplayScope,
): SelectQueryBuilder<Delivery> =>
  query
    .andWhere(FINAL)
    .andWhere('delivery.completedAt <= :beganAt', { beganAt })
    .andWhere(`not ${DELETED}`)
    .andWhere(`not ${REPLACED}`, { replayId: replayId ?? '' });

/** An event goes to a webhook once in a replay, for the newest of the deliveries that match. */
function onePerPair(deliveries: readonly Delivery[]): Delivery[] {
  const pairs = new Map(
    deliveries.map((delivery) => [`${delivery.eventId} ${delivery.webhookId}`, delivery]),
  );
  return [...pairs.values()];
}
