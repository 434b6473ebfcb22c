import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { UserErrorItem } from '../errors.js';
import { EventType } from '../events/event-types.js';
import { UserErrorsField } from '../payloads.js';
import { AttemptOutcome } from '../storage/entities/attempt.js';
import { Delivery, DeliveryStatus } from '../storage/entities/delivery.js';

@InputType({
  description: 'Which attempts; what is omitted does not restrict. A list holds at most 1,000 values.',
})
export class AttemptFilter {
  @Field(() => ID, { nullable: true, description: 'Of webhooks of this account and of accounts below it.' })
  accountId?: string | null;

  @Field(() => [ID], { nullable: true, description: 'Of these webhooks.' })
  webhookIds?: string[] | null;

  @Field(() => [EventType], { nullable: true, description: 'Of events of these types.' })
  eventTypes?: EventType[] | null;

  @Field(() => [AttemptOutcome], { nullable: true, description: 'With one of these outcomes.' })
  outcomes?: AttemptOutcome[] | null;
}

@InputType({
  description: 'Which deliveries; what is omitted does not restrict. A list holds at most 1,000 values.',
})
export class DeliveryFilter {
  @Field(() => [ID], { nullable: true, description: 'Of events of these accounts.' })
  accountIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Of these webhooks.' })
  webhookIds?: string[] | null;

  @Field(() => [EventType], { nullable: true, description: 'Of events of these types.' })
  eventTypes?: EventType[] | null;

  @Field(() => [DeliveryStatus], { nullable: true, description: 'In one of these statuses.' })
  statuses?: DeliveryStatus[] | null;

  @Field(() => [Int], { nullable: true, description: 'With an attempt that got one of these HTTP statuses.' })
  httpStatuses?: number[] | null;

  @Field(() => [String], { nullable: true, description: 'With an attempt of one of these error classes.' })
  errorClasses?: string[] | null;

  @Field(() => String, { nullable: true, description: 'Of events of this site.' })
  siteId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of this event.' })
  eventId?: string | null;

  @Field(() => String, { nullable: true, description: 'Whose event’s body contains this text, exactly.' })
  bodyContains?: string | null;

  @Field(() => Date, { nullable: true, description: 'Queued at or after this time.' })
  createdAfter?: Date | null;

  @Field(() => Date, { nullable: true, description: 'Queued before this time.' })
  createdBefore?: Date | null;
}

@InputType({ description: 'Sends one delivery again now.' })
export class RetryDeliveryInput {
  @Field(() => ID, { description: 'The delivery.' })
  id!: string;
}

@ObjectType({ description: 'The answer to a retry.' })
export class RetryDeliveryPayload {
  @Field(() => Delivery, {
    nullable: true,
    description: 'The delivery that is due now: the same one, or a new one that names it when it was final.',
  })
  delivery!: Delivery | null;

  @UserErrorsField()
  userErrors!: UserErrorItem[];
}
