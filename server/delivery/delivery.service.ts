import { In, IsNull, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { UserError } from '../errors.js';
import { recordChange, type Actor } from '../storage/audit.js';
import { batchedById, type FindById } from '../storage/batched.js';
import type { Storage } from '../storage/data-source.js';
import { Attempt } from '../storage/entities/attempt.js';
import { AttemptTrigger, Delivery, DeliveryStatus } from '../storage/entities/delivery.js';
import { QueueHead } from '../storage/entities/queue-head.js';
import { SharedRequest } from '../storage/entities/shared-request.js';
import { Webhook } from '../storage/entities/webhook.js';
import { insertDeliveries } from '../storage/new-deliveries.js';
import type { AttemptFilter, DeliveryFilter } from './delivery.input.js';
import { filterAttempts, filterDeliveries } from './delivery-filter.js';

/** Reads the log, and sends again what a person asks for. */
export interface DeliveryService {
  find: FindById<Delivery>;
  findAttempt: FindById<Attempt>;
  findSharedRequest: FindById<SharedRequest>;
  findWebhook: FindById<Webhook>;
  /** What may be seen below these account paths, aliased `delivery`; '' is everything. */
  list(paths: readonly string[], filter: DeliveryFilter): SelectQueryBuilder<Delivery>;
  /** What may be seen below these account paths, aliased `attempt`; '' is everything. */
  listAttempts(paths: readonly string[], filter: AttemptFilter): SelectQueryBuilder<Attempt>;
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
  return {
    find: findDelivery,
    findAttempt,
    findSharedRequest,
    findWebhook,
    list: (paths, filter) => filterDeliveries(read.createQueryBuilder(Delivery, 'delivery'), paths, filter),
    listAttempts: (paths, filter) =>
      filterAttempts(read.createQueryBuilder(Attempt, 'attempt'), paths, filter),
    attemptsOf: (delivery) =>
      read.createQueryBuilder(Attempt, 'attempt').where('attempt.deliveryId = :id', { id: delivery.id }),
    attemptsAfter: (paths, filter, afterId, limit) =>
      filterAttempts(read.createQueryBuilder(Attempt, 'attempt'), paths, filter)
        .andWhere('attempt.id > :afterId', { afterId })
        .orderBy('attempt.id', 'ASC')
        .limit(limit)
        .getMany(),
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
function findWaiting(
  manager: EntityManager,
  { id, status, eventId, webhookId }: Delivery,
): Promise<Delivery | null> {
  const isWaiting = status === DeliveryStatus.PENDING || status === DeliveryStatus.HELD;
  return manager.findOneBy(Delivery, isWaiting ? { id } : { eventId, webhookId, status: WAITING });
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
