import { setImmediate as turn } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import type { UserErrorItem } from '../errors.js';
import { batchedById } from '../storage/batched.js';
import { insertRows, type SqlValue } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';
import { isDuplicateKey } from '../storage/driver-error.js';
import type { Account } from '../storage/entities/account.js';
import { AttemptTrigger } from '../storage/entities/delivery.js';
import { Event } from '../storage/entities/event.js';
import { insertDeliveries, type NewDelivery } from '../storage/new-deliveries.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import type { EventInput, PublishResult } from './event.input.js';
import type { EventCatalogue } from './event-schemas.js';
import { acceptEvent } from './event.validation.js';
import { createFanOut, type Recipient } from './fan-out.js';

/** An event of a call with the account its publisher may publish to; null: unknown, or not theirs. */
export interface PublishItem {
  input: EventInput;
  account: Account | null;
}

export interface EventService {
  /**
   * Stores what is valid, each event with its deliveries in one transaction, many events in one; answers item by item.
   */
  publish(items: PublishItem[]): Promise<PublishResult[]>;
  find(id: string): Promise<Event | null>;
  findByIds(ids: string[]): Promise<Event[]>;
}

export interface EventServiceDeps {
  storage: Storage;
  catalogue: EventCatalogue;
  logger: Logger;
  metrics: Metrics;
  /** Called inside the transaction, with the webhooks that got work. */
  onEnqueuing: (manager: EntityManager, webhookIds: string[]) => Promise<void>;
  /** Called after the commit. */
  onEnqueued: (webhookIds: string[]) => void;
}

const EVENT_COLUMNS = [
  ...['id', 'account_id', 'type', 'occurred_at', 'received_at', 'site_id', 'site_name', 'body'],
  ...['idempotency_key', 'idempotency_hash'],
];

/** With so many a transaction takes no more events in: everybody else has to wait for it. */
const MAX_DELIVERIES_AT_ONCE = 5_000;

/** A valid event on its way into the database. */
interface Draft {
  index: number;
  event: Event;
  account: Account;
}

export function createEventService(deps: EventServiceDeps): EventService {
  const { storage, catalogue, logger, metrics } = deps;

  async function publish(items: PublishItem[]): Promise<PublishResult[]> {
    const receivedAt = new Date();
    const results: PublishResult[] = [];
    const drafts: Draft[] = [];
    for (const [index, { input, account }] of items.entries()) {
      const accepted = acceptEvent(input, account, receivedAt, catalogue);
      if ('event' in accepted) drafts.push({ index, account: accepted.account, event: accepted.event });
      results.push(refused('event' in accepted ? [] : at(index, accepted.userErrors)));
    }
    if (drafts.length === 0) return results;
    let webhooks = 0;
    for (let rest = drafts; rest.length > 0;) {
      const { stored, webhookIds, left } = await storeOnce(rest);
      for (const [index, result] of stored) results[index] = result;
      if (webhookIds.length > 0) deps.onEnqueued(webhookIds);
      metrics.published(
        [...stored.values()].filter(({ event, deduplicated }) => event && !deduplicated).length,
      );
      webhooks = Math.max(webhooks, webhookIds.length);
      rest = left;
      if (rest.length > 0) await turn();
    }
    logger.info(
      { events: drafts.length, refused: items.length - drafts.length, webhooks },
      'event.published',
    );
    return results;
  }

  /** A key that another call stores at the same moment makes ours fail; then the second look finds it. */
  async function storeOnce(drafts: Draft[]): Promise<Stored> {
    try {
      return await storage.write((manager) => store(manager, drafts, deps));
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return storage.write((manager) => store(manager, drafts, deps));
    }
  }

  return {
    publish,
    find: batchedById(storage.read, Event),
    findByIds: (ids) => storage.read.createQueryBuilder(Event, 'event').whereInIds(ids).getMany(),
  };
}

interface Stored {
  /** By position in the call. */
  stored: Map<number, PublishResult>;
  webhookIds: string[];
  /** What is for the next transaction. */
  left: Draft[];
}

async function store(manager: EntityManager, drafts: Draft[], deps: EventServiceDeps): Promise<Stored> {
  const fanOut = createFanOut(manager);
  const stored = new Map<number, PublishResult>();
  const known = await findByKeys(manager, drafts);
  const events: SqlValue[][] = [];
  const deliveries: NewDelivery[] = [];
  const webhookIds = new Set<string>();
  let taken = 0;
  for (const { index, event, account } of drafts) {
    if (deliveries.length >= MAX_DELIVERIES_AT_ONCE) break;
    taken += 1;
    const earlier = event.idempotencyKey === null ? undefined : known.get(keyOf(event));
    if (earlier) {
      stored.set(index, repeated(event, earlier, index));
      continue;
    }
    if (event.idempotencyKey !== null) known.set(keyOf(event), event);
    events.push(eventRow(event));
    const recipients = await fanOut(account, event.type);
    for (const recipient of recipients) {
      deliveries.push(deliveryOf(event, recipient));
      if (!recipient.held) webhookIds.add(recipient.webhookId);
    }
    stored.set(index, { event, deduplicated: false, deliveryCount: recipients.length, userErrors: [] });
  }
  await insertRows(manager, 'events', EVENT_COLUMNS, events);
  await insertDeliveries(manager, deliveries, await deps.storage.now(manager));
  await deps.onEnqueuing(manager, [...webhookIds]);
  return { stored, webhookIds: [...webhookIds], left: drafts.slice(taken) };
}

const keyOf = (event: Event): string => `${event.accountId} ${event.idempotencyKey}`;

async function findByKeys(manager: EntityManager, drafts: Draft[]): Promise<Map<string, Event>> {
  const keyed = drafts.filter(({ event }) => event.idempotencyKey !== null);
  if (keyed.length === 0) return new Map();
  const found = await manager
    .createQueryBuilder(Event, 'event')
    .where('event.accountId in (:...accounts)', {
      accounts: [...new Set(keyed.map(({ event }) => event.accountId))],
    })
    .andWhere('event.idempotencyKey in (:...keys)', { keys: keyed.map(({ event }) => event.idempotencyKey) })
    .getMany();
  return new Map(found.map((event) => [keyOf(event), event]));
}

function repeated(event: Event, earlier: Event, index: number): PublishResult {
  if (earlier.idempotencyHash === event.idempotencyHash)
    return { event: earlier, deduplicated: true, deliveryCount: 0, userErrors: [] };
  return refused([
    {
      path: ['events', String(index), 'idempotencyKey'],
      code: 'IDEMPOTENCY_CONFLICT',
      message: 'Another event was published under this idempotency key: use a new key for a new event.',
    },
  ]);
}

const at = (index: number, errors: UserErrorItem[]): UserErrorItem[] =>
  errors.map((error) => ({ ...error, path: ['events', String(index), ...error.path] }));

const eventRow = (event: Event): SqlValue[] => [
  event.id,
  event.accountId,
  event.type,
  event.occurredAt.getTime(),
  event.receivedAt.getTime(),
  event.siteId,
  event.siteName,
  event.body,
  event.idempotencyKey,
  event.idempotencyHash,
];

const deliveryOf = (event: Event, recipient: Recipient): NewDelivery => ({
  ...recipient,
  eventId: event.id,
  accountId: event.accountId,
  eventType: event.type,
  trigger: AttemptTrigger.EVENT,
});

const refused = (userErrors: UserErrorItem[]): PublishResult => ({
  event: null,
  deduplicated: false,
  deliveryCount: 0,
  userErrors,
});
