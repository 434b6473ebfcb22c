import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { Delivery } from '../storage/entities/delivery.js';
import { createLongList, type LongList, type Way } from '../storage/long-list.js';
import { filterDeliveries, findWays, idsBetween } from './delivery-filter.js';
import type { DeliveryFilter } from './delivery.input.js';

type Restrict = (query: SelectQueryBuilder<Delivery>) => SelectQueryBuilder<Delivery>;

/** The deliveries on these ways that conditions hold for, those of a filter among them; they are aliased `delivery`. */
export const deliveriesAlong = (
  manager: EntityManager,
  ways: readonly Way[] | null,
  filter: DeliveryFilter,
  restrict: Restrict,
): LongList<Delivery> =>
  createLongList({
    ...{ manager, entity: Delivery, alias: 'delivery', restrict },
    ways: byStatus(ways, filter.statuses),
    within: idsBetween('dlv', filter),
  });

/** What may be seen below these account paths, matches the filter, and whatever else is asked for. */
export async function listDeliveries(
  manager: EntityManager,
  paths: readonly string[],
  filter: DeliveryFilter,
  restrict: Restrict = (query) => query,
): Promise<LongList<Delivery>> {
  const { eventId } = filter;
  const ways = eventId == null ? await findWays(manager, paths, filter) : [{ eventId }];
  return deliveriesAlong(manager, ways, filter, (query) => restrict(filterDeliveries(query, paths, filter)));
}

/** What has one of these statuses is found by the index of what is due, as nothing of it has a time. */
function byStatus(ways: readonly Way[] | null, statuses: DeliveryFilter['statuses']): readonly Way[] | null {
  const isShorter = ways?.every((way) => 'webhookId' in way) && statuses && !statuses.includes('PENDING');
  if (!ways || !isShorter) return ways;
  return ways.flatMap((way) => [...new Set(statuses)].map((status) => ({ ...way, status, dueAt: null })));
}
