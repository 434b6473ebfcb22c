import { In, IsNull, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { UserError } from '../errors.js';
import { recordChange, type Actor } from '../storage/audit.js';
import { batchedById, type FindById } from '../storage/batched.js';
import type { Storage } from '../storage/data-source.js';
import { Attempt } from '../storage/entities/attempt.js';
import { AttemptTrigger, Delivery, DeliveryStatus } from '../storage/entities/delivery.js';
import type { Event } from '../storage/entities/event.js';
import { QueueHead } from '../storage/entities/queue-head.js';
import { SharedRequest } from '../storage/entities/shared-request.js';
import { Webhook } from '../storage/entities/webhook.js';
import { createLongList, type LongList } from '../storage/long-list.js';
import { insertDeliveries } from '../storage/new-deliveries.js';
import type { AttemptFilter, DeliveryFilter } from './delivery.input.js';
import { filterAttempts, filterDeliveries, findWays } from './delivery-filter.js';
import { deliveriesAlong, listDeliveries } from './delivery-list.js';

/** Reads the log, and sends again what a person asks for. */
export interface DeliveryService {
  find: FindById<Delivery>;
  findAttempt: FindById<Attempt>;
  findSharedRequest: FindById<SharedRequest>;
  findWebhook: FindById<Webhook>;
  /** What may be seen below these account paths; '' is everything. */
  list(paths: readonly string[], filter: DeliveryFilter): Promise<LongList<Delivery>>;
  listOfWebhook(webhook: Webhook, filter: DeliveryFilter): LongList<Delivery>;
  /** What of an event's may be seen below these account paths. */
  findOfEvent(paths: readonly string[], event: Event): Promise<Delivery[]>;
  /** What may be seen below these account paths; '' is everything. */
  listAttempts(paths: readonly string[], filter: AttemptFilter): Promise<LongList<Attempt>>;
  attemptsOf(delivery: Delivery): SelectQueryBuilder<Attempt>;
  /** What the log has after an id, oldest first. */
  attemptsAfter(
    paths: readonly string[],
    filter: AttemptFilter,
    afterId: string,
    limit: number,
  ): Promise<Attempt[]>;
  /** Makes a delivery due now; one that is final gets a successor. UserError IN_PROGRESS while a round runs. */
  retry(delivery: Delivery, by: Actor): Promise<Delivery>;
}

export interface DeliveryServiceDeps {
  storage: Storage;
  /** Called inside the transaction. */
  onEnqueuing: (manager: EntityManager, webhookIds: string[]) => Promise<void>;
  /** Called after the commit. */
  onEnqueued: (webhookIds: string[]) => void;
}

export function createDeliveryService({
  storage,
  onEnqueuing,
  onEnqueued,
}: DeliveryServiceDeps): DeliveryService {
  const { read } = storage;
  const findDelivery = batchedById(read, Delivery);
  const findAttempt = batchedById(read, Attempt);
  const findSharedRequest = batchedById(read, SharedRequest);
  const findWebhook = batchedById(read, Webhook);
  const listAttempts = async (paths: readonly string[], filter: AttemptFilter): Promise<LongList<Attempt>> =>
    createLongList({
      ...{ manager: read, entity: Attempt, alias: 'attempt' },
      ways: await findWays(read, paths, filter),
      restrict: (query) => filterAttempts(query, paths, filter),
    });
  return {
    find: findDelivery,
    findAttempt,
    findSharedRequest,
    findWebhook,
    list: (paths, filter) => listDeliveries(read, paths, filter),
    listOfWebhook: ({ id }, filter) =>
      deliveriesAlong(read, [{ webhookId: id }], filter, (query) => filterDeliveries(query, [''], filter)),
    findOfEvent: (paths, { id }) =>
      filterDeliveries(read.createQueryBuilder(Delivery, 'delivery'), paths, {})
        .andWhere('delivery.eventId = :id', { id })
        .orderBy('delivery.id')
        .getMany(),
    listAttempts,
    attemptsOf: (delivery) =>
      read.createQueryBuilder(Attempt, 'attempt').where('attempt.deliveryId = :id', { id: delivery.id }),
    async attemptsAfter(paths, filter, afterId, limit) {
      const list = await listAttempts(paths, filter);
      return list.read({ above: afterId, below: null, direction: 'ASC', limit });
    },
    async retry({ id, ownerId }, by) {
      const retried = await storage.write(async (manager) => {
        const delivery = await retryNow(storage, manager, id);
        await onEnqueuing(manager, [delivery.webhookId]);
        await recordChange(manager, by, { accountId: ownerId, action: 'delivery.retried', target: id });
        return delivery;
      });
      onEnqueued([retried.webhookId]);
      return retried;
    },
  };
}

/** What waits is due now; what is final stays so, and gets a successor, once. */
async function retryNow(storage: Storage, manager: EntityManager, id: string): Promise<Delivery> {
  await manager.query(`select id from deliveries where id = ? ${storage.sql.forUpdate}`, [id]);
  const delivery = await manager.findOneByOrFail(Delivery, { id });
  const head = await manager.findOneBy(QueueHead, { webhookId: delivery.webhookId });
  if (!head || head.holdReason !== null)
    throw refuse('INACTIVE', 'The webhook sends nothing now: fix it or switch it on first.');
  const now = await storage.now(manager);
  const waiting = await findWaiting(manager, delivery);
  if (waiting) return makeDue(manager, waiting, new Date(now));
  const { eventId, webhookId, accountId, ownerId, eventType } = delivery;
  const [successorId] = await insertDeliveries(
    manager,
    [
      {
        ...{ eventId, webhookId, accountId, ownerId, eventType },
        ...{ held: false, trigger: AttemptTrigger.MANUAL, replayOfId: id },
      },
    ],
    now,
  );
  return manager.findOneByOrFail(Delivery, { id: successorId! });
}

const WAITING = In([DeliveryStatus.PENDING, DeliveryStatus.HELD]);

/** The delivery itself if it waits, else another one of its event to its webhook that does. */
async function findWaiting(manager: EntityManager, delivery: Delivery): Promise<Delivery | null> {
  const isWaiting = ({ status }: Delivery): boolean => status === 'PENDING' || status === 'HELD';
  if (isWaiting(delivery)) return delivery;
  // An event has few deliveries; what waits for a webhook may be a million.
  const { eventId, webhookId } = delivery;
  const ofEvent = await manager.findBy(Delivery, { eventId });
  return ofEvent.find((other) => other.webhookId === webhookId && isWaiting(other)) ?? null;
}

/** Replaces what is scheduled, which never doubles it; a round that runs has its way. */
async function makeDue(manager: EntityManager, waiting: Delivery, dueAt: Date): Promise<Delivery> {
  const again = { status: DeliveryStatus.PENDING, dueAt, trigger: AttemptTrigger.MANUAL };
  const { affected } = await manager.update(
    Delivery,
    { id: waiting.id, status: WAITING, leaseToken: IsNull() },
    again,
  );
  if (affected === 0) throw refuse('IN_PROGRESS', 'This delivery is being sent right now.');
  return Object.assign(waiting, again);
}

const refuse = (code: 'INACTIVE' | 'IN_PROGRESS', message: string): UserError =>
  new UserError({ path: ['id'], code, message });
