import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Permission } from '../auth/principal.js';
import {
  connectionOf,
  ForwardPageArgs,
  PageArgs,
  paginate,
  paginateList,
  type Connection,
} from '../connections.js';
import type { Context } from '../context.js';
import { notFound } from '../errors.js';
import { withUserErrors } from '../payloads.js';
import type { Attempt } from '../storage/entities/attempt.js';
import { Delivery } from '../storage/entities/delivery.js';
import { Event } from '../storage/entities/event.js';
import { Webhook } from '../storage/entities/webhook.js';
import { DeliveryFilter, RetryDeliveryInput, RetryDeliveryPayload } from './delivery.input.js';
import type { DeliveryService } from './delivery.service.js';
import { AttemptConnection } from './attempt.resolver.js';

const DeliveryConnection = connectionOf(Delivery, 'Delivery');

@Resolver(() => Delivery)
export class DeliveryResolver {
  constructor(
    private readonly deliveries: DeliveryService,
    private readonly findEvent: (id: string) => Promise<Event | null>,
  ) {}

  @Query(() => Delivery, { nullable: true, description: 'A delivery of a webhook the caller may see.' })
  delivery(
    @Ctx() context: Context,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<Delivery> {
    return this.require(context, id, 'READ');
  }

  @Query(() => DeliveryConnection, { name: 'deliveries', description: 'Deliveries, newest first.' })
  async deliveryLog(
    @Ctx() { access }: Context,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => DeliveryFilter, { nullable: true, description: 'Which; default: all.' })
    filter: DeliveryFilter | null,
  ): Promise<Connection<Delivery>> {
    access.requireSignedIn();
    return paginateList(await this.deliveries.list(access.readablePaths(), filter ?? {}), page);
  }

  @FieldResolver(() => Event, { description: 'What is delivered.' })
  async event(@Root() delivery: Delivery): Promise<Event> {
    return (await this.findEvent(delivery.eventId)) ?? Promise.reject(notFound('event'));
  }

  @FieldResolver(() => Webhook, { description: 'Where it is delivered.' })
  async webhook(@Root() delivery: Delivery): Promise<Webhook> {
    return (await this.deliveries.findWebhook(delivery.webhookId)) ?? Promise.reject(notFound('webhook'));
  }

  @FieldResolver(() => Date, {
    nullable: true,
    description: 'When the next attempt is due; null: none, or one is running.',
  })
  nextAttemptAt(@Root() delivery: Delivery): Date | null {
    return delivery.status === 'PENDING' && delivery.leaseToken === null ? delivery.dueAt : null;
  }

  @FieldResolver(() => Delivery, { nullable: true, description: 'The final delivery that this one repeats.' })
  async replayOf(@Root() delivery: Delivery): Promise<Delivery | null> {
    return delivery.replayOfId === null ? null : this.deliveries.find(delivery.replayOfId);
  }

  @FieldResolver(() => AttemptConnection, { description: 'Its requests, oldest first.' })
  attempts(
    @Root() delivery: Delivery,
    @Args(() => ForwardPageArgs) page: ForwardPageArgs,
  ): Promise<Connection<Attempt>> {
    return paginate(this.deliveries.attemptsOf(delivery), page, { key: 'attempt.id', order: 'ASC' });
  }

  @Mutation(() => RetryDeliveryPayload, {
    description: 'Sends a delivery again now; never doubles one that waits.',
  })
  retryDelivery(
    @Ctx() context: Context,
    @Arg('input', () => RetryDeliveryInput, { description: 'Which.' }) { id }: RetryDeliveryInput,
  ): Promise<RetryDeliveryPayload> {
    return withUserErrors(
      async () => {
        const delivery = await this.require(context, id, 'WEBHOOKS_WRITE');
        return { delivery: await this.deliveries.retry(delivery, context.actor) };
      },
      { delivery: null },
    );
  }

  private async require({ access }: Context, id: string, permission: Permission): Promise<Delivery> {
    access.requireSignedIn();
    const delivery = await this.deliveries.find(id);
    if (!delivery || !(await access.findAccount(delivery.ownerId, 'READ'))) throw notFound('delivery');
    await access.requireAccount(delivery.ownerId, permission);
    return delivery;
  }
}

/** Deliveries as seen from a webhook and from an event. */
@Resolver(() => Webhook)
export class WebhookDeliveriesResolver {
  constructor(private readonly deliveries: DeliveryService) {}

  @FieldResolver(() => DeliveryConnection, {
    name: 'deliveries',
    description: 'Its deliveries, newest first.',
  })
  deliveriesOf(
    @Root() webhook: Webhook,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => DeliveryFilter, { nullable: true, description: 'Which; default: all.' })
    filter: DeliveryFilter | null,
  ): Promise<Connection<Delivery>> {
    return paginateList(this.deliveries.listOfWebhook(webhook, filter ?? {}), page);
  }
}

@Resolver(() => Event)
export class EventDeliveriesResolver {
  constructor(private readonly deliveries: DeliveryService) {}

  @FieldResolver(() => [Delivery], { name: 'deliveries', description: 'To the webhooks the caller may see.' })
  deliveriesOf(@Root() event: Event, @Ctx() { access }: Context): Promise<Delivery[]> {
    return this.deliveries.findOfEvent(access.readablePaths(), event);
  }
}
