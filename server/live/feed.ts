import { Field, Int, ObjectType } from 'type-graphql';
import type { Access } from '../auth/access.js';
import type { Context } from '../context.js';
import { cursorOf, decodeCursor } from '../connections.js';
import type { AttemptFilter } from '../delivery/delivery.input.js';
import { Attempt } from '../storage/entities/attempt.js';
import { idOfTime, timeOfId } from '../storage/ids.js';
import { OVERLAP_MS, type LiveRelay } from './relay.js';
import type { Renew } from './renewal.js';
import { endable, type AttemptTopic, type Interest, type LiveBatch } from './topics.js';

@ObjectType({ description: 'Attempts that ended since the last batch.' })
export class AttemptBatch {
  @Field(() => [Attempt], { description: 'Oldest first.' })
  attempts!: readonly Attempt[];

  @Field(() => String, {
    description:
      'Where to go on from: the argument `after` of the next subscription; with several machines the last seconds’ attempts may come once more.',
  })
  cursor!: string;

  @Field(() => Int, { description: 'How many were skipped because the client was too slow.' })
  missed!: number;

  @Field(() => Boolean, {
    description: 'Whether attempts of other machines come up to a second late, as while Redis is away.',
  })
  delayed!: boolean;
}

/** Reads attempts from the log, oldest first, after an id. */
export type ReadAttempts = (
  paths: readonly string[],
  filter: AttemptFilter,
  afterId: string,
  limit: number,
) => Promise<Attempt[]>;

/** The streams that subscriptions hand out. */
export interface LiveFeed {
  attempts(
    context: Context,
    filter: AttemptFilter,
    after: string | null,
  ): Promise<AsyncGenerator<AttemptBatch, void, void>>;
  /** Ends every stream. */
  dispose(): void;
}

const CATCH_UP_PAGE = 200;

export interface LiveFeedDeps {
  topic: AttemptTopic;
  /** null: no other process records attempts. */
  relay: LiveRelay | null;
  readAttempts: ReadAttempts;
  renew: Renew;
}

export function createLiveFeed({ topic, relay, readAttempts, renew }: LiveFeedDeps): LiveFeed {
  const isDelayed = (): boolean => relay?.isDelayed() ?? false;
  const made = new WeakMap<LiveBatch, AttemptBatch>();
  return {
    async attempts(context, filter, after) {
      const { access } = context;
      access.requireSignedIn();
      const paths =
        filter.accountId != null
          ? [(await access.requireAccount(filter.accountId, 'READ')).path]
          : access.readablePaths();
      const afterId = after === null ? null : decodeCursor(after);
      const live = topic.subscribe(interestIn(paths, filter));
      const stream = follow({
        ...{ live, made, isDelayed, after: afterId, overlapMs: relay ? OVERLAP_MS : 0 },
        readAfter: (id) => readAttempts(paths, filter, id, CATCH_UP_PAGE),
      });
      const maySee = async (): Promise<boolean> => (await renew(context)) && seesAll(context.access, paths);
      return endable(whilst(maySee, stream), () => void live.return());
    },
    dispose() {
      topic.dispose();
      relay?.dispose();
    },
  };
}

/** Whether all of these paths may be read. */
function seesAll(access: Access, paths: readonly string[]): boolean {
  const readable = access.readablePaths();
  return paths.every((path) => readable.some((granted) => path.startsWith(granted)));
}

/** Ends a stream before the first value that its subscriber may no longer see. */
async function* whilst<T>(
  maySee: () => Promise<boolean>,
  stream: AsyncGenerator<T, void, void>,
): AsyncGenerator<T, void, void> {
  for await (const value of stream) {
    if (!(await maySee())) return;
    yield value;
  }
}

interface Follow {
  live: ReturnType<AttemptTopic['subscribe']>;
  /** What others were shown of the same. */
  made: WeakMap<LiveBatch, AttemptBatch>;
  /** Where to catch up from; null: only what comes from now on. */
  after: string | null;
  /** How much older than `after` an attempt of another process may be that was not shown yet. */
  overlapMs: number;
  readAfter: (id: string) => Promise<Attempt[]>;
  isDelayed: () => boolean;
}

/** First what the log has after the cursor, then what comes live, without what the log had already. */
async function* follow({
  live,
  made,
  after,
  overlapMs,
  readAfter,
  isDelayed,
}: Follow): AsyncGenerator<AttemptBatch, void, void> {
  const shown = new Set<string>();
  let newest = after ?? '';
  const batchOf = (attempts: readonly Attempt[], missed: number): AttemptBatch => {
    const last = attempts.at(-1)?.id ?? '';
    if (last > newest) newest = last;
    return { attempts, cursor: cursorOf({ id: newest }), missed, delayed: isDelayed() };
  };
  /** Another’s batch where it says the same: what is made of it is then made once. */
  const sharedBatchOf = (batch: LiveBatch): AttemptBatch => {
    const own = batchOf(batch.attempts, batch.missed);
    const known = made.get(batch);
    if (known?.cursor === own.cursor && known.delayed === own.delayed) return known;
    if (!known) made.set(batch, own);
    return own;
  };
  if (after !== null) {
    // Only what is as new as this subscription can come live once more.
    const recent = idOfTime('att', Date.now() - OVERLAP_MS);
    let from = overlapMs > 0 ? idOfTime('att', timeOfId(after) - overlapMs) : after;
    for (let page = await readAfter(from); page.length > 0; page = await readAfter(from)) {
      from = page.at(-1)!.id;
      for (const { id } of page) if (id > recent) shown.add(id);
      yield batchOf(page, 0);
    }
  }
  for await (const batch of live) {
    const fresh = batch.attempts.filter(({ id }) => !shown.has(id));
    if (fresh.length === batch.attempts.length) yield sharedBatchOf(batch);
    else if (fresh.length > 0) yield batchOf(fresh, batch.missed);
  }
}

function interestIn(paths: readonly string[], filter: AttemptFilter): Interest {
  const { webhookIds, eventTypes, outcomes } = filter;
  const sorted = (values: readonly string[] | null | undefined): string[] | null =>
    values ? [...values].sort() : null;
  const matches = (values: readonly string[] | null | undefined, value: string): boolean =>
    values == null || values.includes(value);
  return {
    key: JSON.stringify([paths, webhookIds, eventTypes, outcomes].map(sorted)),
    accepts: ({ attempt, ownerPath }) =>
      paths.some((path) => ownerPath.startsWith(path)) &&
      matches(webhookIds, attempt.webhookId) &&
      matches(eventTypes, attempt.eventType) &&
      matches(outcomes, attempt.outcome),
  };
}
