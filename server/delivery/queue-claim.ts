import type { EntityManager } from 'typeorm';
import { inList } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';
import type { AttemptTrigger } from '../storage/entities/delivery.js';
import type { EventType } from '../events/event-types.js';
import { createToken } from '../storage/ids.js';
import { CIRCUIT_OPENS_AT } from './circuit.js';
import type { ClaimedDelivery, ClaimRequest } from './queue.js';

const HEADS_A_CLAIM = 64;
/** However many fit into a request. */
const MOST_A_CLAIM = 4_000;
/** How much of a throttled webhook's time may be claimed at once, in milliseconds. */
const THROTTLE_BURST_MS = 100;

interface Head {
  webhook_id: string;
  consecutive_failures: number;
  interval_ms: number | null;
  throttle_at: number | string | null;
}

/** What one claim may take of a webhook, and what that does to its head. */
interface Share {
  webhookId: string;
  failures: number;
  count: number;
  perRequest: number;
  /** How many requests the throttle allows now, then how many are made of it; Infinity: there is none. */
  requests: number;
  /** When the circuit's next probe may follow; 0: the circuit is closed. */
  probeAt: number;
  throttleAt: number | null;
  intervalMs: number;
}

interface DueRow {
  id: string;
  webhook_id: string;
  event_id: string;
  account_id: string;
  owner_id: string;
  event_type: EventType;
  trigger_kind: AttemptTrigger;
  attempt_count: number;
  round_count: number;
  replay_id: string | null;
  occurred_at: number | string;
  body: string;
}

/** Locks due heads, takes a share of each, leases it, and moves the heads. */
export async function claimDue(
  storage: Storage,
  manager: EntityManager,
  request: ClaimRequest,
  leaseMs: number,
): Promise<ClaimedDelivery[]> {
  const now = await storage.now(manager);
  const heads = await manager.query<Head[]>(
    `select webhook_id, consecutive_failures, interval_ms, throttle_at from queues
      where next_due_at <= ? ${request.full.length > 0 ? `and not (${inList('webhook_id', request.full)})` : ''}
      order by next_due_at limit ${HEADS_A_CLAIM} ${storage.sql.skipLocked}`,
    [now, ...request.full],
  );
  await request.prepare?.(heads.map((head) => head.webhook_id));
  const shares = sharesOf(heads, request, now, leaseMs);
  if (shares.length === 0) return [];
  const due = await findDue(
    manager,
    shares.filter(({ count }) => count > 0),
    now,
  );
  const leaseToken = createToken();
  const rows = await lease(storage, manager, dropSurplus(due, shares, request), leaseToken, now + leaseMs);
  await moveHeads(manager, shares, rows, now);
  const failures = new Map(shares.map((share) => [share.webhookId, share.failures]));
  return rows.map((row) => toClaimed(row, leaseToken, failures.get(row.webhook_id) ?? 0));
}

/** Leases what still waits; where others write at the same time, some may have been cancelled since it was read. */
async function lease(
  { dialect }: Storage,
  manager: EntityManager,
  rows: DueRow[],
  leaseToken: string,
  until: number,
): Promise<DueRow[]> {
  if (rows.length === 0) return rows;
  const ids = rows.map((row) => row.id);
  const updated = await manager.query<{ affectedRows?: number }>(
    `update deliveries set lease_token = ?, next_attempt_at = ? where status = 'PENDING' and ${inList('id', ids)}`,
    [leaseToken, until, ...ids],
  );
  if (dialect === 'sqlite' || updated.affectedRows === rows.length) return rows;
  const leased = await manager.query<Array<{ id: string }>>(
    `select id from deliveries where lease_token = ? and ${inList('id', ids)}`,
    [leaseToken, ...ids],
  );
  const isLeased = new Set(leased.map(({ id }) => id));
  return rows.filter(({ id }) => isLeased.has(id));
}

/** The same number of requests for each webhook, the longest waiting first. */
function sharesOf(heads: readonly Head[], request: ClaimRequest, now: number, leaseMs: number): Share[] {
  const requestsEach = Math.ceil(request.limit / Math.max(1, heads.length));
  const shares: Share[] = [];
  let left = MOST_A_CLAIM;
  for (const head of heads) {
    const perRequest = request.perRequest?.(head.webhook_id) ?? 1;
    const room = Math.min(left, requestsEach * perRequest, request.roomFor(head.webhook_id));
    const share = shareOf(head, { room, perRequest }, now, leaseMs);
    // One whose time has not come yet is moved there, or it would be looked at again and again.
    if (share.count > 0 || (share.throttleAt ?? 0) > now) shares.push(share);
    left -= share.count;
  }
  return shares;
}

function shareOf(
  head: Head,
  { room, perRequest }: { room: number; perRequest: number },
  now: number,
  leaseMs: number,
): Share {
  const open = head.consecutive_failures >= CIRCUIT_OPENS_AT;
  const intervalMs = head.interval_ms ?? 0;
  const throttled =
    head.interval_ms === null ? null : Math.max(Number(head.throttle_at ?? 0), now - THROTTLE_BURST_MS);
  const requests =
    throttled === null ? Infinity : Math.max(0, Math.floor((now - throttled) / intervalMs) + 1);
  return {
    webhookId: head.webhook_id,
    failures: head.consecutive_failures,
    count: Math.max(0, Math.min(room, requests * perRequest, open ? 1 : room)),
    perRequest,
    requests,
    probeAt: open ? now + leaseMs : 0,
    throttleAt: throttled,
    intervalMs,
  };
}

async function findDue(manager: EntityManager, shares: Share[], now: number): Promise<DueRow[]> {
  if (shares.length === 0) return [];
  const due = shares.map(
    ({ count }) =>
      `select * from (select id, webhook_id, event_id, account_id, owner_id, event_type, trigger_kind, attempt_count,
         round_count, replay_id from deliveries where webhook_id = ? and status = 'PENDING' and next_attempt_at <= ?
         order by next_attempt_at, id limit ${count}) share`,
  );
  return manager.query<DueRow[]>(
    `select due.*, e.occurred_at, e.body from (${due.join(' union all ')}) due join events e on e.id = due.event_id`,
    shares.flatMap(({ webhookId }) => [webhookId, now]),
  );
}

/** Leaves what a throttled webhook's requests have no room for, as its events are large; notes how many they are. */
function dropSurplus(due: DueRow[], shares: readonly Share[], { fitting }: ClaimRequest): DueRow[] {
  const surplus = new Set<DueRow>();
  for (const share of shares) {
    if (!fitting || share.requests === Infinity || share.perRequest === 1) continue;
    const rows = due.filter((row) => row.webhook_id === share.webhookId);
    const count = fitting(share.webhookId, rows, share.requests);
    for (const row of rows.slice(count)) surplus.add(row);
    while (share.requests > 0 && fitting(share.webhookId, rows, share.requests - 1) >= count)
      share.requests -= 1;
  }
  return surplus.size === 0 ? due : due.filter((row) => !surplus.has(row));
}

/** A head with more due work goes to the back of the line, any other waits for its next delivery or lease end. */
async function moveHeads(
  manager: EntityManager,
  shares: Share[],
  rows: DueRow[],
  now: number,
): Promise<void> {
  const taken = new Map<string, number>();
  for (const row of rows) taken.set(row.webhook_id, (taken.get(row.webhook_id) ?? 0) + 1);
  const next = await manager.query<Array<{ webhook_id: string; due: number | string | null }>>(
    shares
      .map(
        () =>
          `select ? as webhook_id, min(next_attempt_at) as due from deliveries where webhook_id = ? and status = 'PENDING'`,
      )
      .join(' union all '),
    shares.flatMap(({ webhookId }) => [webhookId, webhookId]),
  );
  const dueAt = new Map(next.map((row) => [row.webhook_id, row.due]));
  for (const share of shares) {
    const count = taken.get(share.webhookId) ?? 0;
    const requests = share.perRequest === 1 ? count : Math.min(count, share.requests);
    const throttleAt = share.throttleAt === null ? null : share.throttleAt + requests * share.intervalMs;
    const probeAt = count > 0 ? share.probeAt : 0;
    const due = dueAt.get(share.webhookId);
    const nextDueAt = due == null ? null : Math.ceil(Math.max(now, Number(due), probeAt, throttleAt ?? 0));
    await manager.query(
      `update queues set next_due_at = ?, throttle_at = ?${probeAt > 0 ? ', probe_at = ?' : ''} where webhook_id = ?`,
      [
        nextDueAt,
        throttleAt === null ? null : Math.ceil(throttleAt),
        ...(probeAt > 0 ? [probeAt] : []),
        share.webhookId,
      ],
    );
  }
}

const toClaimed = (row: DueRow, leaseToken: string, webhookFailures: number): ClaimedDelivery => ({
  id: row.id,
  webhookId: row.webhook_id,
  leaseToken,
  eventId: row.event_id,
  accountId: row.account_id,
  ownerId: row.owner_id,
  eventType: row.event_type,
  trigger: row.trigger_kind,
  attemptCount: row.attempt_count,
  roundCount: row.round_count,
  replayId: row.replay_id,
  occurredAt: Number(row.occurred_at),
  body: row.body,
  webhookFailures,
});
