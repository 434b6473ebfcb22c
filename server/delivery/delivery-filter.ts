import type { EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { RequestError } from '../errors.js';
import { below } from '../storage/below.js';
import { Account } from '../storage/entities/account.js';
import type { Attempt } from '../storage/entities/attempt.js';
import type { Delivery } from '../storage/entities/delivery.js';
import { Webhook } from '../storage/entities/webhook.js';
import { idOfTime, type IdPrefix } from '../storage/ids.js';
import { unindexed, type IdRange, type Way } from '../storage/long-list.js';
import type { AttemptFilter, DeliveryFilter } from './delivery.input.js';

const MAX_VALUES = 1_000;
/** More of them are not followed one after the other. */
export const MOST_WAYS = 200;

/** What was made at a time has an id of about that time: the clocks of two processes are not a day apart. */
const CLOCKS_DIFFER_MS = 86_400_000;

/** The ids between which all of a kind is that was made between these times. */
export const idsBetween = (
  prefix: IdPrefix,
  { createdAfter, createdBefore }: Pick<DeliveryFilter, 'createdAfter' | 'createdBefore'>,
): IdRange => ({
  above: createdAfter ? idOfTime(prefix, createdAfter.getTime() - CLOCKS_DIFFER_MS) : null,
  below: createdBefore ? idOfTime(prefix, createdBefore.getTime() + CLOCKS_DIFFER_MS) : null,
});

/**
 * The shortest ways to what may be seen below these account paths and matches the filter, by an index that deliveries
 * and attempts have both; null: through all of them.
 */
export async function findWays(
  manager: EntityManager,
  paths: readonly string[],
  filter: AttemptFilter | DeliveryFilter,
): Promise<Array<Way> | null> {
  // A filter that asks for too much is refused also where there is no way on which it would be applied.
  for (const values of Object.values(filter)) if (Array.isArray(values)) checkLength(values);
  const { webhookIds } = filter;
  if (webhookIds && webhookIds.length <= MOST_WAYS)
    return [...new Set(webhookIds)].map((webhookId) => ({ webhookId }));
  if (paths.includes('')) return null;
  const { sql, parameters } = below('a.path', paths);
  const owners = await manager
    .createQueryBuilder(Webhook, 'w')
    .innerJoin(Account, 'a', 'a.id = w.accountId')
    .select('w.accountId', 'id')
    .distinct()
    .where(sql, parameters)
    .limit(MOST_WAYS + 1)
    .getRawMany<{ id: string }>();
  return owners.length > MOST_WAYS ? null : owners.map(({ id }) => ({ ownerId: id }));
}

/** Restricts to what webhooks of accounts at or below these paths own; '' is everything. */
function ownedBelow<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  column: string,
  paths: readonly string[],
): SelectQueryBuilder<T> {
  if (paths.includes('')) return query;
  const { sql, parameters } = below('a.path', paths);
  return query.andWhere(`${unindexed(column)} in (select a.id from accounts a where ${sql})`, parameters);
}

/** Adds `column in (values)`, or what `having` makes of it, unless no values were given. */
export function restrict<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  column: string,
  values: readonly unknown[] | null | undefined,
  having?: (condition: string) => string,
): void {
  if (values == null) return;
  const name = column.replace('.', '_');
  if (values.length === 0) query.andWhere('1 = 0');
  else {
    const among = `in (:...${name})`;
    const condition = having?.(`${column} ${among}`) ?? `${unindexed(column)} ${among}`;
    query.andWhere(condition, { [name]: checkLength(values) });
  }
}

/** Databases take only so many parameters. */
function checkLength<T>(values: readonly T[]): readonly T[] {
  if (values.length > MAX_VALUES)
    throw new RequestError('BAD_USER_INPUT', `A filter takes at most ${MAX_VALUES} values of a kind.`);
  return values;
}

export function filterAttempts(
  query: SelectQueryBuilder<Attempt>,
  paths: readonly string[],
  filter: AttemptFilter,
): SelectQueryBuilder<Attempt> {
  ownedBelow(query, 'attempt.ownerId', paths);
  restrict(query, 'attempt.webhookId', filter.webhookIds);
  restrict(query, 'attempt.eventType', filter.eventTypes);
  restrict(query, 'attempt.outcome', filter.outcomes);
  return query;
}

export function filterDeliveries(
  query: SelectQueryBuilder<Delivery>,
  paths: readonly string[],
  filter: DeliveryFilter,
): SelectQueryBuilder<Delivery> {
  ownedBelow(query, 'delivery.ownerId', paths);
  restrict(query, 'delivery.accountId', filter.accountIds);
  restrict(query, 'delivery.webhookId', filter.webhookIds);
  restrict(query, 'delivery.eventType', filter.eventTypes);
  restrict(query, 'delivery.status', filter.statuses);
  if (filter.eventId != null)
    query.andWhere(`${unindexed('delivery.eventId')} = :eventId`, { eventId: filter.eventId });
  if (filter.createdAfter)
    query.andWhere('delivery.createdAt >= :after', { after: filter.createdAfter.getTime() });
  if (filter.createdBefore)
    query.andWhere('delivery.createdAt < :before', { before: filter.createdBefore.getTime() });
  filterByAttempt(query, filter);
  filterByEvent(query, filter);
  return query;
}

function filterByAttempt(
  query: SelectQueryBuilder<Delivery>,
  { httpStatuses, errorClasses }: DeliveryFilter,
): void {
  const having = (condition: string): string =>
    `exists (select 1 from attempts t where t.delivery_id = delivery.id and ${condition})`;
  restrict(query, 't.http_status', httpStatuses, having);
  restrict(query, 't.error_class', errorClasses, having);
}

function filterByEvent(query: SelectQueryBuilder<Delivery>, { siteId, bodyContains }: DeliveryFilter): void {
  const having = (condition: string): string =>
    `exists (select 1 from events e where e.id = delivery.eventId and ${condition})`;
  if (siteId != null) query.andWhere(having('e.site_id = :siteId'), { siteId });
  if (bodyContains) query.andWhere(having('instr(e.body, :bodyContains) > 0'), { bodyContains });
}
