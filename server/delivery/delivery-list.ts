import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { Delivery } from '../storage/entities/delivery.js';
import { createLongList, type LongList, type Way } from '../storage/long-list.js';
import { filterDeliveries, findWays, idsBetween } from './delivery-filter.js';
import type { DeliveryFilter } from './delivery.input.js';

type Restrict = (query: SelectQueryBuilder<Delivery>) => SelectQueryBuilder<Delivery>;

/** The deliveries on these ways that conditions hold for, those of a filter among them; they are aliased `delivery`. */
export const deliveriesAlong = (
  manager: EntityManager,
  ways: ReadonlyArray<Way> | null,
  filter: DeliveryFilter,
  restrict: Restrict,
): LongList<Delivery> =>
  createLongList({
    ...{ manager, entity: Delivery, alias: 'delivery', ways, restrict },
    within: idsBetween(filter),
  });

/** What may be seen below these account paths, matches the filter, and whatever else is asked for. */
export async function listDeliveries(
  manager: EntityManager,
  paths: readonly string[],
  filter: DeliveryFilter,
  restrict: Restrict = (query) => query,
): Promise<LongList<Delivery>> {
  const { eventId } = filter;
  const ways: Array<Way> | null =
    eventId == null ? await findWays(manager, paths, filter) : [{ column: 'eventId', value: eventId }];
  return deliveriesAlong(manager, ways, filter, (query) => restrict(filterDeliveries(query, paths, filter)));
}
