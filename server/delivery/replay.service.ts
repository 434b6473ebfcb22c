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
import { idsAfter, listMatching, type Matching } from './replay-matches.js';

/** A replay as somebody asks for it. */
export interface ReplayRequest {
  filter: DeliveryFilter;
  /** Of webhooks of accounts at or below these paths; '' is everything. */
  paths: readonly string[];
  /** The user or API token that asks. */
  startedById: string;
  idempotencyKey: string | null;
}

/** Counts, begins and ends replays; what they consist of is the runner's work. */
export interface ReplayService {
  find(id: string): Promise<Replay | null>;
  /** How many deliveries a replay would repeat now. */
  count(request: ReplayRequest): Promise<number>;
  /** Begins a replay; the same idempotency key answers the same replay. */
  begin(request: ReplayRequest, by: Actor): Promise<Replay>;
  /** Ends a replay: what it has not sent is not sent. */
  cancel(replay: Replay, by: Actor): Promise<Replay>;
}

export interface ReplayServiceDeps {
  storage: Storage;
  /** Called after a replay was begun or ended. */
  onChanged: () => void;
}

const LONGEST_KEY = 255;

export function createReplayService({ storage, onChanged }: ReplayServiceDeps): ReplayService {
  const { read } = storage;

  async function matchingNow(request: ReplayRequest): Promise<Matching> {
    const paths = await narrow(read, request);
    return { paths, filter: request.filter, finalBy: await storage.now(read), replayId: null };
  }

  const count = async (matching: Matching, last: string): Promise<number> =>
    (await listMatching(read, matching)).count(idsAfter('', last));

  async function store(request: ReplayRequest, by: Actor): Promise<Replay> {
    const matching = await matchingNow(request);
    const lastId = await newestId(read);
    const replay = Object.assign(new Replay(), {
      id: createId('rpl'),
      status: ReplayStatus.RUNNING,
      filter: request.filter,
      paths: [...matching.paths],
      reachedId: '',
      lastId,
      matchedCount: await count(matching, lastId),
      ...{ createdCount: 0, succeededCount: 0, failedCount: 0 },
      createdAt: new Date(matching.finalBy),
      startedById: request.startedById,
      idempotencyKey: request.idempotencyKey,
    });
    await storage.write(async (manager) => {
      await manager.insert(Replay, replay);
      const { filter, matchedCount } = replay;
      await record(manager, by, 'replay.started', replay, { filter, matchedCount });
    });
    return replay;
  }

  /** The replay that was asked for under the same key; what reaches where the caller has no say any more is another. */
  async function findEarlier(request: ReplayRequest): Promise<Replay | null> {
    const { startedById, idempotencyKey, filter, paths } = request;
    if (idempotencyKey === null) return null;
    checkKey(idempotencyKey);
    const earlier = await read.findOneBy(Replay, { startedById, idempotencyKey });
    if (!earlier) return null;
    const isSame =
      JSON.stringify(earlier.filter) === JSON.stringify(filter) &&
      isCovered(earlier, ({ path }) => paths.some((own) => path.startsWith(own)));
    if (!isSame) throw wrong('IDEMPOTENCY_CONFLICT', 'This key was used for another replay.');
    return earlier;
  }

  return {
    find: (id) => read.findOneBy(Replay, { id }),
    async count(request) {
      return count(await matchingNow(request), await newestId(read));
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

async function newestId(manager: EntityManager): Promise<string> {
  const [row] = await manager.query<Array<{ id: string | null }>>('select max(id) as id from deliveries');
  return row?.id ?? '';
}

function checkKey(key: string): void {
  if (key.length > LONGEST_KEY) throw wrong('TOO_LONG', `A key has at most ${LONGEST_KEY} characters.`);
  // No database can store it.
  if (/\p{Cs}/u.test(key)) throw wrong('INVALID', 'The key holds half of a surrogate pair.');
}

const wrong = (code: 'TOO_LONG' | 'INVALID' | 'IDEMPOTENCY_CONFLICT', message: string): UserError =>
  new UserError({ path: ['idempotencyKey'], code, message });
