import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { UserErrorItem } from '../errors.js';
import { UserErrorsField } from '../payloads.js';
import { Replay } from '../storage/entities/replay.js';
import { DeliveryFilter } from './delivery.input.js';

@InputType({ description: 'Sends many deliveries again.' })
export class ReplayDeliveriesInput {
  @Field(() => DeliveryFilter, {
    description:
      'Which; of these, the final ones whose webhook exists and that nothing newer waits or stands in for.',
  })
  filter!: DeliveryFilter;

  @Field(() => Boolean, { description: 'true: only count.' })
  dryRun!: boolean;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description:
      'true: instead of repeating deliveries, makes them for events that made none for the named webhooks, such as those published while these were switched off. Needs `webhookIds`, at most 100, and `createdAfter` in the filter; takes `createdBefore`, `eventTypes`, `accountIds`, `siteId` and `bodyContains` too. Times are those of the event’s receipt.',
  })
  missed?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: 'Your name for this replay, at most 255 characters: sent again, it answers the same replay.',
  })
  idempotencyKey?: string | null;
}

@ObjectType({ description: 'The answer to a replay.' })
export class ReplayDeliveriesPayload {
  @Field(() => Int, { description: 'How many deliveries match, or are missed; 0 on failure.' })
  matchedCount!: number;

  @Field(() => Replay, { nullable: true, description: 'What has begun; null for a dry run and on failure.' })
  replay!: Replay | null;

  @UserErrorsField()
  userErrors!: UserErrorItem[];
}

@InputType({ description: 'Ends a replay.' })
export class CancelReplayInput {
  @Field(() => ID, { description: 'The replay.' })
  id!: string;
}

@ObjectType({ description: 'The answer to a change of a replay.' })
export class ReplayPayload {
  @Field(() => Replay, { nullable: true, description: 'As it is now; null on failure.' })
  replay!: Replay | null;

  @UserErrorsField()
  userErrors!: UserErrorItem[];
}
