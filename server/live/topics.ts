import { setTimeout as wait } from 'node:timers/promises';
import type { Attempt } from '../storage/entities/attempt.js';

/** An attempt with the path of the account that may see it. */
export interface LiveAttempt {
  attempt: Attempt;
  ownerPath: string;
}

/** What a subscriber gets at a time: the attempts since the last batch, and how many it was too slow for. */
export interface LiveBatch {
  attempts: Attempt[];
  missed: number;
}

/** Hands attempts to live viewers; a viewer that does not keep up loses the oldest and is told how many. */
export interface AttemptTopic {
  publish(attempts: readonly LiveAttempt[]): void;
  /** Tells every viewer that so many attempts will not come. */
  skip(count: number): void;
  /** How many viewers there are. */
  subscriberCount(): number;
  subscribe(accepts: (live: LiveAttempt) => boolean): AsyncGenerator<LiveBatch, void, void>;
  /** Ends every subscription. */
  dispose(): void;
}

/** At most one batch in this time. */
const BATCH_EVERY_MS = 100;
/** Most attempts that wait for one subscriber. */
const MAX_WAITING = 1_000;

interface Subscriber {
  accepts: (live: LiveAttempt) => boolean;
  waiting: Attempt[];
  missed: number;
  ended: AbortController;
  /** Ends the wait for the next attempt. */
  onArrival: () => void;
}

export function createAttemptTopic(): AttemptTopic {
  const subscribers = new Set<Subscriber>();

  function offer(subscriber: Subscriber, attempts: readonly LiveAttempt[]): void {
    for (const live of attempts) if (subscriber.accepts(live)) subscriber.waiting.push(live.attempt);
    const excess = subscriber.waiting.length - MAX_WAITING;
    if (excess > 0) {
      subscriber.waiting.splice(0, excess);
      subscriber.missed += excess;
    }
    if (subscriber.waiting.length > 0) subscriber.onArrival();
  }

  function end(subscriber: Subscriber): void {
    subscribers.delete(subscriber);
    subscriber.ended.abort();
    subscriber.onArrival();
  }

  return {
    publish(attempts) {
      for (const subscriber of subscribers) offer(subscriber, attempts);
    },
    skip(count) {
      for (const subscriber of subscribers) subscriber.missed += count;
    },
    subscriberCount: () => subscribers.size,
    subscribe(accepts) {
      const subscriber: Subscriber = {
        ...{ accepts, waiting: [], missed: 0 },
        ...{ ended: new AbortController(), onArrival: () => {} },
      };
      subscribers.add(subscriber);
      return endable(batches(subscriber), () => end(subscriber));
    },
    dispose() {
      for (const subscriber of subscribers) end(subscriber);
    },
  };
}

async function* batches(subscriber: Subscriber): AsyncGenerator<LiveBatch, void, void> {
  const { signal } = subscriber.ended;
  let nextAt = 0;
  for (;;) {
    await nextArrival(subscriber);
    const earlyMs = nextAt - performance.now();
    if (earlyMs > 0) await pause(earlyMs, signal);
    if (signal.aborted) return;
    const batch = { attempts: subscriber.waiting.sort(byId), missed: subscriber.missed };
    subscriber.waiting = [];
    subscriber.missed = 0;
    nextAt = performance.now() + BATCH_EVERY_MS;
    yield batch;
  }
}

const byId = (a: Attempt, b: Attempt): number => (a.id < b.id ? -1 : 1);

/** Waits for the subscriber's next attempt, or for its end. */
function nextArrival(subscriber: Subscriber): Promise<void> {
  if (subscriber.ended.signal.aborted || subscriber.waiting.length > 0) return Promise.resolve();
  return new Promise((resolve) => {
    subscriber.onArrival = resolve;
  });
}

/** Waits for a time, or until the signal says that nobody waits any more. */
export const pause = (waitMs: number, signal: AbortSignal): Promise<void> =>
  wait(waitMs, undefined, { signal }).catch(() => undefined);

/** A generator that waits does not hear `return`: this one is woken first. */
export function endable<T>(
  generator: AsyncGenerator<T, void, void>,
  onEnd: () => void,
): AsyncGenerator<T, void, void> {
  const originalReturn = generator.return.bind(generator);
  generator.return = (value) => {
    onEnd();
    return originalReturn(value);
  };
  return generator;
}
