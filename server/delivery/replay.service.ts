import { Not, type EntityManager } from 'typeorm';
import { UserError } from '../errors.js';
import { recordChange, type Actor } from '../storage/audit.js';
import { inList } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';
import { lineageOf } from '../storage/entities/account.js';
import type { AuditAction } from '../storage/entities/audit-entry.js';
import { isCovered, Replay, ReplayStatus } from '../storage/entities/replay.js';
import { createId } from '../storage/ids.js';
import type { DeliveryFilter } from './delivery.input.js';
import { toMissedFilter } from './missed-filter.js';
import type { ReplayScope, ReplaySource } from './replay-source.js';

/** A replay as somebody asks for it. */
export interface ReplayRequest {
  filter: DeliveryFilter;
  /** Whether it makes deliveries for events that have made none, instead of repeating those that are final. */
  missed: boolean;
  /** Of webhooks of accounts at or below these paths; '' is everything. */
  paths: readonly string[];
  /** The user or API token that asks. */
  startedById: string;
  idempotencyKey: string | null;
}

/** Counts, begins and ends replays; what they consist of is the runner's work. */
export interface ReplayService {
  find(id: string): Promise<Replay | null>;
  /** How many deliveries a replay would repeat or make now. */
  count(request: ReplayRequest): Promise<number>;
  /** Begins a replay; the same idempotency key answers the same replay. */
  begin(request: ReplayRequest, by: Actor): Promise<Replay>;
  /** Ends a replay: what it has not sent is not sent. */
  cancel(replay: Replay, by: Actor): Promise<Replay>;
}

export interface ReplayServiceDeps {
  storage: Storage;
  sourceOf: (scope: ReplayScope) => ReplaySource;
  /** Called after a replay was begun or ended. */
  onChanged: () => void;
}

const LONGEST_KEY = 255;

export function createReplayService({ storage, sourceOf, onChanged }: ReplayServiceDeps): ReplayService {
  const { read } = storage;

  async function scopeNow(request: ReplayRequest): Promise<ReplayScope> {
    const { missed, filter } = request;
    // What is wrong with the filter is told before its webhooks are looked for.
    if (missed) toMissedFilter(filter);
    const paths = await narrow(read, request);
    return { missed, paths, filter, beganAt: await storage.now(read), replayId: null };
  }

  async function store(request: ReplayRequest, by: Actor): Promise<Replay> {
    const scope = await scopeNow(request);
    const source = sourceOf(scope);
    const lastId = await source.newestId();
    const replay = Object.assign(new Replay(), {
      id: createId('rpl'),
      status: ReplayStatus.RUNNING,
      missed: scope.missed,
      filter: scope.filter,
      paths: [...scope.paths],
      reachedId: '',
      lastId,
      matchedCount: await source.count(lastId),
      ...{ createdCount: 0, succeededCount: 0, failedCount: 0 },
      createdAt: new Date(scope.beganAt),
      startedById: request.startedById,
      idempotencyKey: request.idempotencyKey,
    });
    await storage.write(async (manager) => {
      await manager.insert(Replay, replay);
      const { missed, filter, matchedCount } = replay;
      await record(manager, by, 'replay.started', replay, { missed, filter, matchedCount });
    });
    return replay;
  }

  /** The replay that was asked for under the same key; what reaches where the caller has no say any more is another. */
  async function findEarlier(request: ReplayRequest): Promise<Replay | null> {
    const { startedById, idempotencyKey, missed, filter, paths } = request;
    if (idempotencyKey === null) return null;
    checkKey(idempotencyKey);
    const earlier = await read.findOneBy(Replay, { startedById, idempotencyKey });
    if (!earlier) return null;
    const isSame =
      earlier.missed === missed &&
      JSON.stringify(earlier.filter) === JSON.stringify(filter) &&
      isCovered(earlier, ({ path }) => paths.some((own) => path.startsWith(own)));
    if (!isSame) throw wrong('IDEMPOTENCY_CONFLICT', 'This key was used for another replay.');
    return earlier;
  }

  return {
    find: (id) => read.findOneBy(Replay, { id }),
    async count(request) {
      const source = sourceOf(await scopeNow(request));
      return source.count(await source.newestId());
    },
    async begin(request, by) {
      const earlier = await findEarlier(request);
      if (earlier) return earlier;
      const replay = await store(request, by).catch(async (error: unknown) => {
        // The same key, stored by another call at the same moment.
        const other = await findEarlier(request);
        if (!other) throw error;
        return other;
      });
      onChanged();
      return replay;
    },
    async cancel(replay, by) {
      const { id } = replay;
      await storage.write(async (manager) => {
        const { affected } = await manager.update(
          Replay,
          { id, status: Not(ReplayStatus.CANCELLED) },
          { status: ReplayStatus.CANCELLED, reachedId: '' },
        );
        if (affected) await record(manager, by, 'replay.cancelled', replay);
      });
      onChanged();
      return read.findOneByOrFail(Replay, { id });
    },
  };
}

/** Tells each account that a replay reaches, with all below it; what reaches everything concerns the instance. */
async function record(
  manager: EntityManager,
  by: Actor,
  action: AuditAction,
  { id, paths }: Replay,
  changes: object | null = null,
): Promise<void> {
  for (const path of paths) {
    const accountId = lineageOf({ path }).at(-1) ?? null;
    await recordChange(manager, by, { accountId, action, target: id, changes });
  }
}

/** Named webhooks restrict a replay to their accounts: who may see it follows from where it reaches. */
async function narrow(
  manager: EntityManager,
  { paths, filter: { webhookIds } }: ReplayRequest,
): Promise<readonly string[]> {
  if (webhookIds == null) return paths;
  const rows = await manager.query<Array<{ path: string }>>(
    `select distinct a.path from webhooks w join accounts a on a.id = w.account_id where ${inList('w.id', webhookIds)}`,
    webhookIds,
  );
  const owned = rows.map(({ path }) => path).filter((path) => paths.some((own) => path.startsWith(own)));
  if (owned.length === 0)
    throw new UserError({
      path: ['filter', 'webhookIds'],
      code: 'NOT_FOUND',
      message: 'There are no such webhooks, or you may not change them.',
    });
  return owned;
}

function checkKey(key: string): void {
  if (key.length > LONGEST_KEY) throw wrong('TOO_LONG', `A key has at most ${LONGEST_KEY} characters.`);
  // No database can store it.
  if (/\p{Cs}/u.test(key)) throw wrong('INVALID', 'The key holds half of a surrogate pair.');
}

const wrong = (code: 'TOO_LONG' | 'INVALID' | 'IDEMPOTENCY_CONFLICT', message: string): UserError =>
  new UserError({ path: ['idempotencyKey'], code, message });
