import type { DeliveryFilter, DeliveryStatus, EventType } from '../graphql/generated.js';

/** What is to be sent again, as the dialog asks for it. Empty event types mean all. */
export interface ReplayChoice {
  webhookIds: string[];
  eventTypes: EventType[];
  statuses: DeliveryStatus[];
  /** How far back; 0: everything. */
  hours: number;
  siteId: string;
  bodyContains: string;
}

/** Those that a replay can repeat. */
export const finalStatuses = ['FAILED', 'CANCELLED', 'SUCCEEDED'] as const satisfies DeliveryStatus[];

const hourMs = 3_600_000;

/** The API's filter; `now` is taken once a dialog, so that the count and the replay mean the same. */
export function toDeliveryFilter(choice: ReplayChoice, now: number): DeliveryFilter {
  const { webhookIds, eventTypes, statuses, hours } = choice;
  const siteId = choice.siteId.trim();
  return {
    ...{ webhookIds, statuses },
    ...(eventTypes.length > 0 && { eventTypes }),
    ...(hours > 0 && { createdAfter: new Date(now - hours * hourMs).toISOString() }),
    ...(siteId !== '' && { siteId }),
    ...(choice.bodyContains !== '' && { bodyContains: choice.bodyContains }),
  };
}

/** Shares of a replay's progress in percent: sent again and delivered, failed for good, and still to come. */
export function progressOf(replay: {
  matchedCount: number;
  createdCount: number;
  succeededCount: number;
  failedCount: number;
  status: string;
}): { succeeded: number; failed: number } {
  // Several deliveries of one event to one webhook are repeated once: in the end what was made is the whole.
  const whole = replay.status === 'RUNNING' ? replay.matchedCount : replay.createdCount;
  const share = (part: number) => (whole === 0 ? 0 : Math.min(100, (part / whole) * 100));
  return { succeeded: share(replay.succeededCount), failed: share(replay.failedCount) };
}
