import { Field, Int, ObjectType } from 'type-graphql';
import type { Access } from '../auth/access.js';
import type { Principal } from '../auth/principal.js';
import { cursorOf, decodeCursor } from '../connections.js';
import type { AttemptFilter } from '../delivery/delivery.input.js';
import { Attempt } from '../storage/entities/attempt.js';
import { endable, type AttemptTopic, type LiveAttempt } from './topics.js';

@ObjectType({ description: 'Attempts that ended since the last batch.' })
export class AttemptBatch {
  @Field(() => [Attempt], { description: 'Oldest first.' })
  attempts!: Attempt[];

  @Field(() => String, { description: 'Where to go on from: the argument `after` of the next subscription.' })
  cursor!: string;

  @Field(() => Int, { description: 'How many were skipped because the client was too slow.' })
  missed!: number;
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
    access: Access,
    filter: AttemptFilter,
    after: string | null,
  ): Promise<AsyncGenerator<AttemptBatch, void, void>>;
}

const CATCH_UP_PAGE = 200;

export interface LiveFeedDeps {
  topic: AttemptTopic;
  readAttempts: ReadAttempts;
  /** The same principal as of now; null when its credential no longer stands. */
  refresh: (principal: Principal) => Promise<Principal | null>;
}

export function createLiveFeed({ topic, readAttempts, refresh }: LiveFeedDeps): LiveFeed {
  return {
    async attempts(access, filter, after) {
      access.requireSignedIn();
      const paths = filter.accountId
        ? [(await access.requireAccount(filter.accountId, 'READ')).path]
        : access.readablePaths();
      const afterId = after === null ? null : decodeCursor(after);
      const live = topic.subscribe(accepting(paths, filter));
      const stream = follow(live, afterId, (id) => readAttempts(paths, filter, id, CATCH_UP_PAGE));
      const isRevoked = async (): Promise<boolean> => (await refresh(access.principal)) === null;
      return endable(until(isRevoked, stream), () => void live.return());
    },
  };
}

/** Ends a stream before the first value that its subscriber may no longer see. */
async function* until<T>(
  isOver: () => Promise<boolean>,
  stream: AsyncGenerator<T, void, void>,
): AsyncGenerator<T, void, void> {
  for await (const value of stream) {
    if (await isOver()) return;
    yield value;
  }
}

/** First what the log has since `afterId`, then what comes live; nothing twice. */
async function* follow(
  live: ReturnType<AttemptTopic['subscribe']>,
  afterId: string | null,
  readAfter: (id: string) => Promise<Attempt[]>,
): AsyncGenerator<AttemptBatch, void, void> {
  let last = afterId ?? '';
  if (afterId !== null) {
    for (let page = await readAfter(last); page.length > 0; page = await readAfter(last)) {
      last = page.at(-1)!.id;
      yield { attempts: page, cursor: cursorOf({ id: last }), missed: 0 };
    }
  }
  for await (const { attempts, missed } of live) {
    const fresh = attempts.filter(({ id }) => id > last);
    if (fresh.length === 0) continue;
    last = fresh.at(-1)!.id;
    yield { attempts: fresh, cursor: cursorOf({ id: last }), missed };
  }
}

function accepting(paths: readonly string[], filter: AttemptFilter): (live: LiveAttempt) => boolean {
  const matches = (values: readonly string[] | null | undefined, value: string): boolean =>
    values == null || values.includes(value);
  return ({ attempt, ownerPath }) =>
    paths.some((path) => ownerPath.startsWith(path)) &&
    matches(filter.webhookIds, attempt.webhookId) &&
    matches(filter.eventTypes, attempt.eventType) &&
    matches(filter.outcomes, attempt.outcome);
}
