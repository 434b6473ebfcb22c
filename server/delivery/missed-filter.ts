import { UserError, type UserErrorItem } from '../errors.js';
import type { DeliveryFilter } from './delivery.input.js';

/** The part of a filter that says which events webhooks have missed. */
export type MissedFilter = Pick<
  DeliveryFilter,
  'accountIds' | 'eventTypes' | 'siteId' | 'bodyContains' | 'createdBefore'
> & { webhookIds: string[]; createdAfter: Date };

const MOST_WEBHOOKS = 100;

/** What only deliveries have, and attempts. */
const OF_DELIVERIES = ['statuses', 'httpStatuses', 'errorClasses', 'eventId'] as const;

/** The filter of a replay of missed events; throws what is wrong with it for its sender. */
export function toMissedFilter({ webhookIds, createdAfter, ...filter }: DeliveryFilter): MissedFilter {
  const errors: UserErrorItem[] = [];
  const refuse = (field: keyof DeliveryFilter, code: UserErrorItem['code'], message: string): unknown =>
    errors.push({ path: ['filter', field], code, message });
  if (!webhookIds?.length) refuse('webhookIds', 'REQUIRED', 'Name the webhooks that have missed events.');
  else if (webhookIds.length > MOST_WEBHOOKS)
    refuse('webhookIds', 'TOO_MANY', `Name at most ${MOST_WEBHOOKS} webhooks at a time.`);
  if (!createdAfter) refuse('createdAfter', 'REQUIRED', 'Say since when they have missed events.');
  for (const field of OF_DELIVERIES)
    if (filter[field] != null)
      refuse(field, 'INVALID', 'Events that were missed have no deliveries: leave it out.');
  if (errors.length > 0 || !webhookIds || !createdAfter) throw new UserError(errors);
  return { ...filter, webhookIds: [...new Set(webhookIds)], createdAfter };
}
