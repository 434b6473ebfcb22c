import type { EntityManager } from 'typeorm';
import type { EventType } from '../events/event-types.js';
import { insertRows } from './bulk.js';
import { DeliveryStatus, type AttemptTrigger } from './entities/delivery.js';
import { createId } from './ids.js';

/** A delivery that is to be made. */
export interface NewDelivery {
  eventId: string;
  webhookId: string;
  /** The event's account. */
  accountId: string;
  /** The webhook's account. */
  ownerId: string;
  eventType: EventType;
  /** Whether it has to wait for a person, as the webhook's queue is held. */
  held: boolean;
  trigger: AttemptTrigger;
  replayOfId?: string;
  replayId?: string;
}

const COLUMNS = [
  ...['id', 'event_id', 'webhook_id', 'account_id', 'owner_id', 'event_type', 'status', 'trigger_kind'],
  ...['attempt_count', 'round_count', 'next_attempt_at', 'created_at', 'replay_of_id', 'replay_id'],
];

/** Stores deliveries, due `now` unless they are held; answers their ids. Heads are to be woken by the caller. */
export async function insertDeliveries(
  manager: EntityManager,
  deliveries: readonly NewDelivery[],
  now: number,
): Promise<string[]> {
  const ids = deliveries.map(() => createId('dlv'));
  const rows = deliveries.map((delivery, index) => [
    ids[index]!,
    delivery.eventId,
    delivery.webhookId,
    delivery.accountId,
    delivery.ownerId,
    delivery.eventType,
    delivery.held ? DeliveryStatus.HELD : DeliveryStatus.PENDING,
    delivery.trigger,
    0,
    0,
    delivery.held ? null : now,
    now,
    delivery.replayOfId ?? null,
    delivery.replayId ?? null,
  ]);
  await insertRows(manager, 'deliveries', COLUMNS, rows);
  return ids;
}
