import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { UserErrorsField } from '../payloads.js';
import type { UserErrorItem } from '../errors.js';
import { JsonScalar } from '../scalars.js';
import { Event } from '../storage/entities/event.js';
import { EventType } from './event-types.js';

@InputType({ description: 'One event to publish.' })
export class EventInput {
  @Field(() => ID, { description: 'The account it happened in.' })
  accountId!: string;

  @Field(() => EventType, { description: 'What was detected.' })
  type!: EventType;

  @Field(() => Date, { nullable: true, description: 'When it happened; default: now.' })
  occurredAt?: Date | null;

  @Field(() => String, { description: 'The site’s id, 1 to 255 characters.' })
  siteId!: string;

  @Field(() => String, { description: 'The site’s name, 1 to 255 characters.' })
  siteName!: string;

  @Field(() => JsonScalar, {
    description: 'The type’s own fields, as its JSON Schema demands; further fields are kept.',
  })
  data!: unknown;

  @Field(() => String, {
    nullable: true,
    description:
      'At most 255 characters, unique in the account: the same event published again under it is stored once.',
  })
  idempotencyKey?: string | null;
}

@InputType({ description: 'Events to publish together.' })
export class PublishEventsInput {
  @Field(() => [EventInput], { description: 'At most 1,000; each is accepted or refused on its own.' })
  events!: EventInput[];
}

@ObjectType({ description: 'What became of one event of a publishEvents call.' })
export class PublishResult {
  @Field(() => Event, { nullable: true, description: 'The stored event; null when it was refused.' })
  event!: Event | null;

  @Field(() => Boolean, { description: 'Whether it had been published before under its idempotency key.' })
  deduplicated!: boolean;

  @Field(() => Int, { description: 'How many deliveries were queued by this call.' })
  deliveryCount!: number;

  @UserErrorsField()
  userErrors!: UserErrorItem[];
}

@ObjectType({
  description: 'The answer to publishEvents: what is accepted here is stored and survives a crash.',
})
export class PublishEventsPayload {
  @Field(() => [PublishResult], { description: 'One entry per input event, in order.' })
  results!: PublishResult[];
}
