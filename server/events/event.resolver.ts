import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import type { Context } from '../context.js';
import { notFound, RequestError } from '../errors.js';
import { JsonScalar } from '../scalars.js';
import { Account } from '../storage/entities/account.js';
import { Event } from '../storage/entities/event.js';
import { EventType } from './event-types.js';
import type { EventCatalogue } from './event-schemas.js';
import { PublishEventsInput, PublishEventsPayload } from './event.input.js';
import type { EventService } from './event.service.js';

const MAX_EVENTS = 1000;

@ObjectType({ description: 'One entry of the event catalogue.' })
export class EventTypeInfo {
  @Field(() => EventType, { description: 'The type.' })
  type!: EventType;

  @Field(() => String, { description: 'As it is called in the form.' })
  label!: string;

  @Field(() => String, { description: 'What was detected, one sentence.' })
  description!: string;

  @Field(() => String, { description: 'The body’s event_name.' })
  eventName!: string;

  @Field(() => Int, { description: 'The body’s event_type.' })
  number!: number;

  @Field(() => Boolean, {
    description: 'Whether number and fields are the platform vendor’s published ones.',
  })
  vendorVerified!: boolean;

  @Field(() => JsonScalar, { description: 'JSON Schema (draft 2020-12) of the body.' })
  schema!: object;

  @Field(() => JsonScalar, { description: 'An example body.' })
  sample!: object;
}

@Resolver(() => Event)
export class EventResolver {
  constructor(
    private readonly events: EventService,
    private readonly catalogue: EventCatalogue,
  ) {}

  @Query(() => Event, { nullable: true, description: 'An event of an account the caller may see.' })
  async event(
    @Ctx() { access }: Context,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<Event | null> {
    access.requireSignedIn();
    const event = await this.events.find(id);
    if (!event || !(await access.findAccount(event.accountId, 'READ'))) throw notFound('event');
    return event;
  }

  @Query(() => [EventTypeInfo], { description: 'The event catalogue.' })
  eventTypes(): EventTypeInfo[] {
    return [...this.catalogue.entries];
  }

  @FieldResolver(() => Account, { description: 'The account it happened in.' })
  account(@Root() event: Event, @Ctx() { access }: Context): Promise<Account> {
    return access.requireAccount(event.accountId, 'READ');
  }

  @Mutation(() => PublishEventsPayload, {
    description: 'Stores events and queues their deliveries; whatever is accepted here is never lost.',
  })
  async publishEvents(
    @Ctx() { access }: Context,
    @Arg('input', () => PublishEventsInput, { description: 'The events.' }) { events }: PublishEventsInput,
  ): Promise<PublishEventsPayload> {
    access.requireSignedIn();
    if (events.length > MAX_EVENTS)
      throw new RequestError(
        'BAD_USER_INPUT',
        `publishEvents takes at most ${MAX_EVENTS} events a call; these are ${events.length}.`,
      );
    const items = events.map(async (input) => {
      return { input, account: await access.findAccount(input.accountId, 'EVENTS_WRITE') };
    });
    return { results: await this.events.publish(await Promise.all(items)) };
  }
}
