import { Arg, Args, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, PageArgs, paginateList, type Connection } from '../connections.js';
import type { Context } from '../context.js';
import { notFound } from '../errors.js';
import { CountedBody } from '../scalars.js';
import { Account } from '../storage/entities/account.js';
import { Attempt } from '../storage/entities/attempt.js';
import { Delivery } from '../storage/entities/delivery.js';
import type { SharedRequest } from '../storage/entities/shared-request.js';
import { Webhook } from '../storage/entities/webhook.js';
import type { Event } from '../storage/entities/event.js';
import { AttemptTimings, curlOf, HttpMessage, requestOf, responseOf, timingsOf } from './attempt.view.js';
import { AttemptFilter } from './delivery.input.js';
import type { DeliveryService } from './delivery.service.js';
import { unpackWireLog, type WireLog } from './wire-log.js';

export const AttemptConnection = connectionOf(Attempt, 'Attempt');

@Resolver(() => Attempt)
export class AttemptResolver {
  constructor(
    private readonly deliveries: DeliveryService,
    private readonly findEvent: (id: string) => Promise<Event | null>,
  ) {}

  @Query(() => AttemptConnection, { name: 'attempts', description: 'Attempts, newest first.' })
  async attemptLog(
    @Ctx() { access }: Context,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => AttemptFilter, { nullable: true, description: 'Which; default: all.' })
    filter: AttemptFilter | null,
  ): Promise<Connection<Attempt>> {
    access.requireSignedIn();
    const paths =
      filter?.accountId != null
        ? [(await access.requireAccount(filter.accountId, 'READ')).path]
        : access.readablePaths();
    return paginateList(await this.deliveries.listAttempts(paths, filter ?? {}), page);
  }

  @FieldResolver(() => Delivery, {
    nullable: true,
    description: 'The delivery it belongs to; null for a test.',
  })
  async delivery(@Root() attempt: Attempt): Promise<Delivery | null> {
    return attempt.deliveryId === null ? null : this.deliveries.find(attempt.deliveryId);
  }

  @FieldResolver(() => Webhook, { description: 'The webhook it went to.' })
  async webhook(@Root() attempt: Attempt): Promise<Webhook> {
    const webhook = attempt.unsavedWebhook ?? (await this.deliveries.findWebhook(attempt.webhookId));
    if (!webhook) throw notFound('webhook');
    return webhook;
  }

  @FieldResolver(() => Account, { description: 'The event’s account: the webhook’s own, or one below it.' })
  account(@Root() attempt: Attempt, @Ctx() { access }: Context): Promise<Account> {
    return access.requireAccount(attempt.accountId, 'READ');
  }

  @FieldResolver(() => AttemptTimings, { description: 'How long each phase took.' })
  timings(@Root() attempt: Attempt): AttemptTimings {
    return timingsOf(attempt);
  }

  @FieldResolver(() => Int, { description: 'How many events the request carried; 1 unless it was a batch.' })
  async batchSize(@Root() attempt: Attempt): Promise<number> {
    return (await this.sharedRequestOf(attempt))?.eventCount ?? 1;
  }

  @FieldResolver(() => HttpMessage, { description: 'What was sent.' })
  async request(@Root() attempt: Attempt): Promise<HttpMessage> {
    return requestOf(await this.wireLogOf(attempt), await this.batchSize(attempt));
  }

  @FieldResolver(() => HttpMessage, {
    nullable: true,
    description: 'What came back; null when no reply came.',
  })
  async response(@Root() attempt: Attempt): Promise<HttpMessage | null> {
    return responseOf(await this.wireLogOf(attempt));
  }

  @FieldResolver(() => String, {
    description:
      'The request as a curl command; secrets as shell variables; of a batch with this event alone.',
  })
  @CountedBody()
  async curl(@Root() attempt: Attempt): Promise<string> {
    return curlOf(await this.wireLogOf(attempt));
  }

  private async wireLogOf(attempt: Attempt): Promise<WireLog> {
    const shared = await this.sharedRequestOf(attempt);
    if (shared) return unpackWireLog(shared, attempt.deliveryId ?? '');
    const requestBody = attempt.requestBody ?? (await this.eventBodyOf(attempt));
    return { ...attempt, url: attempt.url ?? '', requestHeaders: attempt.requestHeaders ?? [], requestBody };
  }

  private sharedRequestOf({ sharedRequestId }: Attempt): Promise<SharedRequest | null> {
    return sharedRequestId === null
      ? Promise.resolve(null)
      : this.deliveries.findSharedRequest(sharedRequestId);
  }

  private async eventBodyOf({ deliveryId }: Attempt): Promise<string> {
    const delivery = deliveryId === null ? null : await this.deliveries.find(deliveryId);
    return (delivery && (await this.findEvent(delivery.eventId))?.body) ?? '';
  }
}
