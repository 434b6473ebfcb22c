import type { AttemptFilter, AttemptOutcome, EventType } from '../graphql/generated.js';

/** The query part of a route, as the router gives it. */
export type UrlQuery = Record<string, string | null | (string | null)[] | undefined>;

/** What the deliveries page filters by; an empty list means all. */
export interface AttemptFilterState {
  webhookIds: string[];
  eventTypes: EventType[];
  outcomes: AttemptOutcome[];
}

const outcomes: readonly string[] = ['SUCCEEDED', 'RETRYABLE', 'MISCONFIGURED', 'PERMANENT'];

const valuesOf = (value: UrlQuery[string]): string[] =>
  [value].flat().filter((item): item is string => typeof item === 'string' && item !== '');

/** Reads the filter from the URL; a value the catalogue does not know is left out. */
export function filterFromQuery(query: UrlQuery, knownTypes?: readonly string[]): AttemptFilterState {
  return {
    webhookIds: valuesOf(query.webhook),
    eventTypes: valuesOf(query.type).filter(
      (type): type is EventType => !knownTypes || knownTypes.includes(type),
    ),
    outcomes: valuesOf(query.outcome).filter((outcome): outcome is AttemptOutcome =>
      outcomes.includes(outcome),
    ),
  };
}

/** Writes the filter into a URL's query; empty parts are left out. */
export function queryFromFilter(filter: AttemptFilterState): Record<string, string[]> {
  const parts: [string, string[]][] = [
    ['webhook', filter.webhookIds],
    ['type', filter.eventTypes],
    ['outcome', filter.outcomes],
  ];
  return Object.fromEntries(parts.filter(([, values]) => values.length > 0));
}

/** The API's filter for one account. */
export function toAttemptFilter(accountId: string, filter: AttemptFilterState): AttemptFilter {
  return {
    accountId,
    ...(filter.webhookIds.length > 0 && { webhookIds: filter.webhookIds }),
    ...(filter.eventTypes.length > 0 && { eventTypes: filter.eventTypes }),
    ...(filter.outcomes.length > 0 && { outcomes: filter.outcomes }),
  };
}

/** True if anything is narrowed down. */
export const isFiltered = (filter: AttemptFilterState): boolean =>
  filter.webhookIds.length + filter.eventTypes.length + filter.outcomes.length > 0;
