import type { ClaimedDelivery, Queue, RoundEnd } from '../../server/delivery/queue.js';
import { createSettler } from '../../server/delivery/settler.js';
import { createLogger } from '../../server/observability/logger.js';
import { insertRows } from '../../server/storage/bulk.js';
import type { Storage } from '../../server/storage/data-source.js';
import { createId } from '../../server/storage/ids.js';
import { until } from './until.js';

/** Puts a webhook's queue into the database; answers the webhook's id. */
export async function addQueue(storage: Storage, columns: { interval_ms?: number } = {}): Promise<string> {
  const webhookId = createId('whk');
  await storage.write((manager) =>
    insertRows(
      manager,
      'queues',
      ['webhook_id', 'consecutive_failures', 'interval_ms', 'next_due_at'],
      [[webhookId, 0, columns.interval_ms ?? null, 1]],
    ),
  );
  return webhookId;
}

/** Puts deliveries of a webhook into the database, due `delayMs` from now; answers their ids. */
export async function addDeliveries(
  storage: Storage,
  webhookId: string,
  count: number,
  delayMs = 0,
): Promise<string[]> {
  const now = await storage.now(storage.read);
  const accountId = createId('acc');
  const ids = Array.from({ length: count }, () => ({ delivery: createId('dlv'), event: createId('evt') }));
  await storage.write(async (manager) => {
    await insertRows(
      manager,
      'events',
      ['id', 'account_id', 'type', 'occurred_at', 'received_at', 'site_id', 'site_name', 'body'],
      ids.map(({ event }) => [event, accountId, 'NEW_BEHAVIOR', now, now, 's', 'Site', '{}']),
    );
    await insertRows(
      manager,
      'deliveries',
      [
        ...['id', 'event_id', 'webhook_id', 'account_id', 'owner_id', 'event_type', 'status', 'trigger_kind'],
        ...['attempt_count', 'round_count', 'next_attempt_at', 'created_at'],
      ],
      ids.map(({ delivery, event }) => [
        ...[delivery, event, webhookId, accountId, accountId, 'NEW_BEHAVIOR', 'PENDING', 'EVENT'],
        ...[0, 0, now + delayMs, now],
      ]),
    );
  });
  return ids.map(({ delivery }) => delivery);
}

/** How a round of one attempt ended, for `complete`. */
export const ended = (delivery: ClaimedDelivery, next: RoundEnd['next']): RoundEnd => ({
  ...{ delivery, next, attempts: 1, sharedRequestId: null, retryAfterMs: null },
  ...(next.status === 'SUCCEEDED'
    ? { outcome: 'SUCCEEDED', errorClass: null, hint: null }
    : {
        outcome: next.status === 'HELD' ? 'MISCONFIGURED' : 'RETRYABLE',
        errorClass: 'HTTP_5XX',
        hint: 'It failed.',
      }),
});

/** Claims from every webhook as much as there is room. */
export const claimSome = (queue: Queue, limit: number, each = limit): Promise<ClaimedDelivery[]> =>
  queue.claim({ limit, roomFor: () => each, full: [] });

/** Runs settlers, each as of a process of its own, until no delivery has to follow a decision about its queue. */
export async function settle(storage: Storage, count = 1): Promise<void> {
  const settlers = Array.from({ length: count }, () =>
    createSettler({ storage, logger: createLogger('silent'), onReleased: () => undefined }),
  );
  for (const settler of settlers) settler.start();
  await until('all follow', async () => {
    const rows = await storage.read.query<unknown[]>(
      'select webhook_id from queues where settling_since is not null',
    );
    return rows.length === 0;
  });
  await Promise.all(settlers.map((settler) => settler.stop()));
}

export interface StoredDelivery {
  id: string;
  status: string;
  attempt_count: number;
  lease_token: string | null;
}

/** How many of a webhook's deliveries stand where. */
export async function countByStatus(storage: Storage, webhookId: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status } of await storedDeliveries(storage, webhookId))
    counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

export const storedDeliveries = (storage: Storage, webhookId: string): Promise<StoredDelivery[]> =>
  storage.read.query<StoredDelivery[]>(
    'select id, status, attempt_count, lease_token from deliveries where webhook_id = ? order by id',
    [webhookId],
  );

/** How many deliveries a worker has in hand. */
export async function countLeases(storage: Storage): Promise<number> {
  const [row] = await storage.read.query<Array<{ count: number | string }>>(
    'select count(*) as count from deliveries where lease_token is not null',
  );
  return Number(row!.count);
}
