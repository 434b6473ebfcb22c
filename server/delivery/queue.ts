import type { EntityManager } from 'typeorm';
import { inList } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';
import type { AttemptOutcome } from '../storage/entities/attempt.js';
import type { AttemptTrigger } from '../storage/entities/delivery.js';
import type { HoldReason } from '../storage/entities/queue-head.js';
import type { EventType } from '../events/event-types.js';
import { groupBy } from './group-by.js';
import { claimDue } from './queue-claim.js';
import { completeRounds } from './queue-complete.js';
import { wakeHeads } from './queue-heads.js';
import { repairQueues } from './queue-repair.js';

/**
 * The queue is the `deliveries` table, with one head row per webhook in `queues`.
 *
 * A delivery that waits is PENDING with `next_attempt_at` = when it is due and no lease token. A claim gives it a
 * token and moves `next_attempt_at` to the end of the lease, so that a delivery whose worker is gone is simply due
 * again. Whoever ends a round names the token: a worker that lost its lease changes nothing.
 *
 * A head's `next_due_at` says when its webhook is worth a look; claims take the longest waiting heads first and send
 * a head with more due work to the back of the line, which makes the round-robin. A head may be too early (a look in
 * vain) but never too late for long: `repair` finds what a crash between two commits left behind.
 */
export interface Queue {
  /** Leases due deliveries, oldest first, going round the webhooks. */
  claim(request: ClaimRequest): Promise<ClaimedDelivery[]>;
  /** Keeps the leases of a round that is still under way. */
  extend(deliveries: readonly Lease[]): Promise<void>;
  /** Gives back what was claimed and not sent. */
  release(deliveries: readonly Lease[]): Promise<void>;
  /** Writes what rounds came to, inside the recorder's transaction; stale leases change nothing. */
  complete(manager: EntityManager, rounds: readonly RoundEnd[]): Promise<void>;
  /** Moves heads forward inside a publishing transaction, where that locks nobody out (SQLite). */
  wakeWithin(manager: EntityManager, webhookIds: string[]): Promise<void>;
  /** Moves heads forward after a commit, where `wakeWithin` could not. */
  wake(webhookIds: string[]): Promise<void>;
  /** When the next head is due, but for those of some webhooks, in milliseconds from now; null: nothing waits. */
  dueInMs(except?: readonly string[]): Promise<number | null>;
  /** Repairs what a crash left behind, so that nothing due is forgotten for long. */
  repair(): Promise<void>;
}

export interface ClaimRequest {
  /** Most requests in all. */
  limit: number;
  /** Called with the webhooks that have work, before the others of these functions are asked about them. */
  prepare?: (webhookIds: string[]) => Promise<void>;
  /** Most deliveries of this webhook; 0 leaves it out. */
  roomFor: (webhookId: string) => number;
  /** How many deliveries of this webhook go out in one request; default: one. */
  perRequest?: (webhookId: string) => number;
  /** How many deliveries of this webhook, of those in this order, go out in so many requests; default: all. */
  fitting?: (webhookId: string, deliveries: ReadonlyArray<{ body: string }>, requests: number) => number;
  /** Webhooks without room, left out of the look. */
  full: readonly string[];
}

/** What names a claim of a delivery. */
export interface Lease {
  id: string;
  webhookId: string;
  leaseToken: string;
}

/** A leased delivery with all that a round needs of it. */
export interface ClaimedDelivery extends Lease {
  eventId: string;
  accountId: string;
  ownerId: string;
  eventType: EventType;
  trigger: AttemptTrigger;
  attemptCount: number;
  roundCount: number;
  /** The replay that made it. */
  replayId: string | null;
  occurredAt: number;
  body: string;
  /** The webhook's failed rounds in a row, as of the claim. */
  webhookFailures: number;
}

/** What a receiver that has taken a request will confirm, or not. */
export interface Ack {
  channel: string;
  /** The receiver's number for it. */
  id: number;
}

export interface AwaitedAck extends Ack {
  /** How long it is waited for. */
  timeoutMs: number;
}

/** What becomes of a delivery after a round. */
export type NextState =
  | { status: 'SUCCEEDED' | 'FAILED' }
  | { status: 'PENDING'; delayMs: number; ack?: AwaitedAck }
  | { status: 'HELD'; reason: HoldReason };

/** A round that ended: how many requests it took, and what follows. */
export interface RoundEnd {
  delivery: ClaimedDelivery;
  attempts: number;
  /** The request that it shared with others: for the webhook's health they are one round; null: it was alone. */
  sharedRequestId: string | null;
  /** How long the receiver asks to be left alone; null: it does not. */
  retryAfterMs: number | null;
  /** What the last of them came to; null: nothing was sent, or Hookwatch itself cut it off. */
  outcome: AttemptOutcome | null;
  next: NextState;
  errorClass: string | null;
  hint: string | null;
}

export interface QueueDeps {
  storage: Storage;
  /** How long a claim lasts unless it is extended. */
  leaseMs: number;
  /** How long a webhook may fail without one success before it is disabled. */
  autoDisableAfterMs: number;
}

export function createQueue({ storage, leaseMs, autoDisableAfterMs }: QueueDeps): Queue {
  async function setDue(
    manager: EntityManager,
    leases: readonly Lease[],
    { delayMs, keep }: { delayMs: number; keep: boolean },
  ): Promise<void> {
    const dueAt = (await storage.now(manager)) + delayMs;
    const byToken = groupBy(
      leases,
      (lease) => lease.leaseToken,
      (lease) => lease.id,
    );
    for (const [token, ids] of byToken)
      await manager.query(
        `update deliveries set next_attempt_at = ?${keep ? '' : ', lease_token = null'}
          where lease_token = ? and ${inList('id', ids)}`,
        [dueAt, token, ...ids],
      );
  }

  return {
    claim: (request) => storage.write((manager) => claimDue(storage, manager, request, leaseMs)),
    async extend(leases) {
      if (leases.length > 0)
        await storage.write((manager) => setDue(manager, leases, { delayMs: leaseMs, keep: true }));
    },
    async release(leases) {
      if (leases.length === 0) return;
      await storage.write(async (manager) => {
        await setDue(manager, leases, { delayMs: 0, keep: false });
        await wakeHeads(storage, manager, [...new Set(leases.map((lease) => lease.webhookId))]);
      });
    },
    complete: (manager, rounds) => completeRounds({ storage, autoDisableAfterMs }, manager, rounds),
    async wakeWithin(manager, webhookIds) {
      if (storage.dialect === 'sqlite') await wakeHeads(storage, manager, webhookIds);
    },
    async wake(webhookIds) {
      if (storage.dialect !== 'sqlite')
        await storage.write((manager) => wakeHeads(storage, manager, webhookIds));
    },
    async dueInMs(except = []) {
      const [row] = await storage.read.query<Array<{ due: number | string | null }>>(
        `select min(next_due_at) as due from queues
          where next_due_at is not null ${except.length > 0 ? `and not (${inList('webhook_id', except)})` : ''}`,
        [...except],
      );
      return row?.due == null ? null : Number(row.due) - (await storage.now(storage.read));
    },
    repair: () => storage.write((manager) => repairQueues(storage, manager)),
  };
}
