import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Entity } from 'typeorm';
import type { EventType } from '../../events/event-types.js';
import { IdColumn, IntegerColumn, TextColumn, TimeColumn } from '../columns.js';
import { Node } from './node.js';

export const DeliveryStatus = {
  PENDING: 'PENDING',
  HELD: 'HELD',
  SUCCEEDED: 'SUCCEEDED',
  FAILED: 'FAILED',
  CANCELLED: 'CANCELLED',
} as const;
export type DeliveryStatus = (typeof DeliveryStatus)[keyof typeof DeliveryStatus];
registerEnumType(DeliveryStatus, {
  name: 'DeliveryStatus',
  description: 'Where a delivery stands; SUCCEEDED, FAILED and CANCELLED are final.',
  valuesConfig: {
    PENDING: { description: 'Due at nextAttemptAt, or being sent.' },
    HELD: { description: 'Waits for a person: the webhook is switched off, auto-disabled or misconfigured.' },
    SUCCEEDED: { description: 'The receiver acknowledged it.' },
    FAILED: { description: 'The schedule is exhausted, or the receiver can never accept this payload.' },
    CANCELLED: {
      description:
        'The webhook or the account was deleted, held work was discarded, or its replay was ended.',
    },
  },
});

export const AttemptTrigger = {
  EVENT: 'EVENT',
  RETRY: 'RETRY',
  MANUAL: 'MANUAL',
  REPLAY: 'REPLAY',
  TEST: 'TEST',
} as const;
export type AttemptTrigger = (typeof AttemptTrigger)[keyof typeof AttemptTrigger];
registerEnumType(AttemptTrigger, {
  name: 'AttemptTrigger',
  description: 'Why a request was sent.',
  valuesConfig: {
    EVENT: { description: 'The first attempt after the event was published.' },
    RETRY: { description: 'A retry after a failed attempt.' },
    MANUAL: { description: 'A person or program asked for a retry.' },
    REPLAY: { description: 'A replay made the delivery.' },
    TEST: { description: 'The Test button: a sample, never retried.' },
  },
});

@ObjectType({ implements: Node, description: 'One event on its way to one webhook.' })
@Entity('deliveries')
export class Delivery extends Node {
  @IdColumn('event_id')
  eventId!: string;

  @IdColumn('webhook_id')
  webhookId!: string;

  /** The event's account, not the webhook's. */
  @IdColumn('account_id')
  accountId!: string;

  /** The webhook's account: decides who may see the delivery. */
  @IdColumn('owner_id')
  ownerId!: string;

  @TextColumn('event_type')
  eventType!: EventType;

  @Field(() => DeliveryStatus, { description: 'Where the delivery stands.' })
  @TextColumn('status')
  status!: DeliveryStatus;

  /** What the next round's first attempt is: EVENT, RETRY, MANUAL or REPLAY. */
  @TextColumn('trigger_kind')
  trigger!: AttemptTrigger;

  @Field(() => Int, { description: 'How many requests were sent so far.' })
  @IntegerColumn('attempt_count')
  attemptCount!: number;

  /** Rounds that failed and count against the schedule. */
  @IntegerColumn('round_count')
  roundCount!: number;

  /** When the next round is due; while leased, when the lease ends. */
  @TimeColumn('next_attempt_at', { nullable: true })
  dueAt!: Date | null;

  /** The claim that holds this delivery now. */
  @TextColumn('lease_token', { nullable: true, length: 26 })
  leaseToken!: string | null;

  @Field(() => Date, { description: 'When the delivery was queued.' })
  @TimeColumn('created_at')
  createdAt!: Date;

  @Field(() => Date, { nullable: true, description: 'When it reached a final status; null: it has not.' })
  @TimeColumn('completed_at', { nullable: true })
  completedAt!: Date | null;

  /** The final delivery that this one repeats. */
  @IdColumn('replay_of_id', { nullable: true })
  replayOfId!: string | null;

  /** The replay that made it. */
  @IdColumn('replay_id', { nullable: true })
  replayId!: string | null;
}
