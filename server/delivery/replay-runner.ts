import type { EntityManager } from 'typeorm';
import type { Logger } from '../observability/logger.js';
import { inList } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';
import { AttemptTrigger } from '../storage/entities/delivery.js';
import { Replay } from '../storage/entities/replay.js';
import { insertDeliveries } from '../storage/new-deliveries.js';
import { createBatchRunner, summarize, type BatchRunner, type Turn } from './batch-runner.js';
import { CIRCUIT_OPENS_AT } from './circuit.js';
import type { DeliveryFilter } from './delivery.input.js';
import { idsAfter, type Draft, type Found, type ReplayScope, type ReplaySource } from './replay-source.js';

export interface ReplayRunnerDeps {
  storage: Storage;
  logger: Logger;
  sourceOf: (scope: ReplayScope) => ReplaySource;
  /** Called inside the transaction, with the webhooks that got work. */
  onEnqueuing: (manager: EntityManager, webhookIds: string[]) => Promise<void>;
  /** Called after the commit. */
  onEnqueued: (webhookIds: string[]) => void;
}

const CANCELLED_AT_ONCE = 500;
const MOST_DUE = 1_000;

/**
 * Makes the deliveries of replays, a batch at a time: what a batch is made of is looked for first, with turns for others,
 * then one transaction makes it and notes how far the replay came, so that a crash loses and doubles nothing. Workers
 * share a replay by the lock on its row, and by how far it had come when they looked.
 *
 * A webhook that works is given no more than `MOST_DUE` to do, so that what is published meanwhile does not wait behind
 * a whole replay; the deliveries of one that fails or is held are made at once, as nothing of it is sent anyway.
 */
export function createReplayRunner(deps: ReplayRunnerDeps): BatchRunner {
  const { storage, logger } = deps;

  async function runBatch(id: string, signal: AbortSignal): Promise<Turn> {
    const replay = await storage.read.findOneByOrFail(Replay, { id });
    if (replay.reachedId === null) return 'none';
    const source = deps.sourceOf(scopeOf(replay));
    const range = idsAfter(replay.reachedId, replay.lastId);
    const found = replay.status === 'CANCELLED' ? NOTHING : await source.find(range, signal);
    if (signal.aborted) return 'none';
    const { turn, webhookIds } = await storage.write(async (manager) => {
      const [locked] = await manager.query<unknown[]>(
        `select id from replays where id = ? and status = ? and reached_id = ? ${storage.sql.skipLocked}`,
        [id, replay.status, replay.reachedId],
      );
      if (!locked) return { turn: 'later' as const, webhookIds: [] };
      const now = await storage.now(manager);
      return replay.status === 'CANCELLED'
        ? clear(manager, replay, now)
        : makeBatch(manager, { replay, source, found, now }, deps);
    });
    if (webhookIds.length > 0) deps.onEnqueued(webhookIds);
    return turn;
  }

  return createBatchRunner({
    logger,
    failed: 'replay.failed',
    async turn(stopping) {
      const open = await storage.read.query<Array<{ id: string }>>(
        'select id from replays where reached_id is not null order by id',
      );
      const turns: Turn[] = [];
      for (const { id } of open) if (!stopping.aborted) turns.push(await runBatch(id, stopping));
      return summarize(turns);
    },
  });
}

const NOTHING: Found = { ids: [], isLast: true };

interface Batch {
  replay: Replay;
  source: ReplaySource;
  found: Found;
  now: number;
}

interface Made {
  turn: Turn;
  webhookIds: string[];
}

async function makeBatch(
  manager: EntityManager,
  { replay, source, found: { ids, isLast }, now }: Batch,
  { onEnqueuing }: ReplayRunnerDeps,
): Promise<Made> {
  const made = await source.decide(manager, ids);
  const heads = await findHeads(manager, made);
  if (await isBacklogged(manager, heads, now)) return { turn: 'later', webhookIds: [] };
  const held = new Set(
    heads.filter(({ hold_reason }) => hold_reason !== null).map((head) => head.webhook_id),
  );
  await insertDeliveries(
    manager,
    made.map((draft) => ({
      ...draft,
      held: held.has(draft.webhookId),
      trigger: AttemptTrigger.REPLAY,
      replayId: replay.id,
    })),
    now,
  );
  await manager.query(
    'update replays set status = ?, reached_id = ?, created_count = created_count + ? where id = ?',
    [isLast ? 'DONE' : 'RUNNING', isLast ? null : ids.at(-1), made.length, replay.id],
  );
  const webhookIds = heads.map((head) => head.webhook_id).filter((id) => !held.has(id));
  await onEnqueuing(manager, webhookIds);
  return { turn: isLast ? 'none' : 'more', webhookIds };
}

/** The filter went through JSON, which has no dates. */
function scopeOf({ id, missed, paths, filter: stored, createdAt }: Replay): ReplayScope {
  const filter = stored as DeliveryFilter;
  const dateOf = (value: Date | null | undefined): Date | null => (value == null ? null : new Date(value));
  return {
    missed,
    paths,
    filter: {
      ...filter,
      createdAfter: dateOf(filter.createdAfter),
      createdBefore: dateOf(filter.createdBefore),
    },
    beganAt: createdAt.getTime(),
    replayId: id,
  };
}

interface Head {
  webhook_id: string;
  hold_reason: string | null;
  consecutive_failures: number;
}

function findHeads(manager: EntityManager, drafts: readonly Draft[]): Promise<Head[]> {
  const webhookIds = [...new Set(drafts.map(({ webhookId }) => webhookId))];
  return manager.query<Head[]>(
    `select webhook_id, hold_reason, consecutive_failures from queues where ${inList('webhook_id', webhookIds)}`,
    webhookIds,
  );
}

async function isBacklogged(manager: EntityManager, heads: readonly Head[], now: number): Promise<boolean> {
  for (const { webhook_id, hold_reason, consecutive_failures } of heads) {
    if (hold_reason !== null || consecutive_failures >= CIRCUIT_OPENS_AT) continue;
    const [row] = await manager.query<Array<{ due: number | string }>>(
      `select count(*) as due from (select 1 from deliveries
         where webhook_id = ? and status = 'PENDING' and next_attempt_at <= ? limit ${MOST_DUE}) due_ones`,
      [webhook_id, now],
    );
    if (Number(row?.due) >= MOST_DUE) return true;
  }
  return false;
}

/** Ends what a cancelled replay has made and not sent, in the order of its index. */
async function clear(manager: EntityManager, { id, reachedId }: Replay, now: number): Promise<Made> {
  const waiting = await manager.query<Array<{ id: string; event_id: string }>>(
    `select id, event_id from deliveries
      where replay_id = ? and event_id >= ? and status in ('PENDING', 'HELD') order by event_id limit ${CANCELLED_AT_ONCE}`,
    [id, reachedId],
  );
  const ids = waiting.map((delivery) => delivery.id);
  if (ids.length > 0)
    await manager.query(
      `update deliveries set status = 'CANCELLED', completed_at = ?, next_attempt_at = null, lease_token = null
        where status in ('PENDING', 'HELD') and ${inList('id', ids)}`,
      [now, ...ids],
    );
  await manager.update(Replay, { id }, { reachedId: waiting.at(-1)?.event_id ?? null });
  return { turn: waiting.length > 0 ? 'more' : 'none', webhookIds: [] };
}
