import type { Logger } from '../observability/logger.js';
import { idOfTime } from '../storage/ids.js';
import { createRedisBus, type Bus } from './redis-bus.js';
import type { AttemptTopic, LiveAttempt } from './topics.js';

/**
 * Shows this process's viewers what other processes record.
 *
 * Processes tell each other the ids of attempts, nothing of their content, and read the rest from the log they
 * share. While they cannot (Redis is away, or an `api` process has none) this process looks into the log itself,
 * once a second: live becomes a little late, and nothing is missed.
 */
export interface LiveRelay {
  /** Hands on what this process recorded. */
  publish(attempts: readonly LiveAttempt[]): void;
  /** Whether attempts of other processes come up to a second late now. */
  isDelayed(): boolean;
  dispose(): void;
}

/** What a relay reads from the log. */
export interface SharedLog {
  /** Ids of attempts after an id, in order. */
  idsAfter(id: string, limit: number): Promise<string[]>;
  load(ids: readonly string[]): Promise<LiveAttempt[]>;
}

export interface RelayDeps {
  topic: AttemptTopic;
  /** null: there is none to share. */
  redisUrl: string | null;
  log: SharedLog;
  logger: Logger;
}

/** How far clocks may differ and commits may lag: looking into the log begins this long before the last look. */
export const OVERLAP_MS = 5_000;
const LOOK_EVERY_MS = 1_000;
const PAGE = 500;
/** Most ids that wait to be read, and that wait for Redis to come back. */
const MAX_WAITING = 10_000;
/** Ids kept to show nothing twice: more than come within OVERLAP_MS. */
const MAX_KNOWN = 50_000;

export function createLiveRelay({ topic, redisUrl, log, logger }: RelayDeps): LiveRelay {
  const known = createRecentSet(MAX_KNOWN);
  let waiting: string[] = [];
  const unsent: string[] = [];
  let reading = false;
  let looking = false;
  let disposed = false;
  let lookedAt = Date.now();

  const bus: Bus | null =
    redisUrl === null ? null : createRedisBus({ url: redisUrl, onIds: take, onState: onBusState });
  const isDelayed = (): boolean => !bus?.isUp();

  function onBusState(isUp: boolean): void {
    if (!isUp) return logger.warn({ reason: 'Redis does not answer.' }, 'live.delayed');
    logger.info({}, 'live.connected');
    // What nobody could hear, and what could not be heard.
    while (unsent.length > 0) bus?.send(unsent.splice(0, PAGE));
    void look();
  }

  function take(ids: readonly string[]): void {
    if (topic.subscriberCount() === 0) return;
    waiting.push(...ids.filter((id) => known.add(id)));
    const excess = waiting.length - MAX_WAITING;
    if (excess > 0) {
      waiting.splice(0, excess);
      topic.skip(excess);
    }
    if (!reading) void readWaiting();
  }

  async function readWaiting(): Promise<void> {
    reading = true;
    try {
      while (waiting.length > 0 && !disposed) topic.publish(await log.load(waiting.splice(0, PAGE)));
    } catch (error) {
      // They are in the log: a viewer who opens the page again sees them.
      logger.error({ reason: (error as Error).message }, 'live.read_failed');
      topic.skip(waiting.length);
      waiting = [];
    } finally {
      reading = false;
    }
  }

  async function look(): Promise<void> {
    if (looking || disposed) return;
    looking = true;
    const from = lookedAt - OVERLAP_MS;
    const startedAt = Date.now();
    try {
      for (
        let after = idOfTime('att', from), ids = [after];
        topic.subscriberCount() > 0;
        after = ids.at(-1)!
      ) {
        ids = await log.idsAfter(after, PAGE);
        take(ids);
        if (ids.length < PAGE) break;
      }
      lookedAt = startedAt;
    } catch (error) {
      logger.error({ reason: (error as Error).message }, 'live.look_failed');
    } finally {
      looking = false;
    }
  }

  const timer = setInterval(() => {
    if (isDelayed()) void look();
    else lookedAt = Date.now();
  }, LOOK_EVERY_MS);

  return {
    publish(attempts) {
      topic.publish(attempts);
      const ids = attempts.map(({ attempt }) => attempt.id);
      for (const id of ids) known.add(id);
      if (!bus) return;
      if (bus.isUp()) return bus.send(ids);
      unsent.push(...ids);
      unsent.splice(0, unsent.length - MAX_WAITING);
    },
    isDelayed,
    dispose() {
      disposed = true;
      clearInterval(timer);
      bus?.dispose();
    },
  };
}

/** Remembers the latest so many values; `add` answers whether one was new. */
function createRecentSet(size: number): { add(value: string): boolean } {
  const values = new Set<string>();
  return {
    add(value) {
      if (values.has(value)) return false;
      values.add(value);
      if (values.size > size) values.delete(values.values().next().value!);
      return true;
    },
  };
}
