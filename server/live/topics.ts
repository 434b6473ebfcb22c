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
  ended: boolean;
  wake: (() => void) | null;
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
    if (subscriber.waiting.length > 0) subscriber.wake?.();
  }

  function end(subscriber: Subscriber): void {
    subscriber.ended = true;
    subscribers.delete(subscriber);
    subscriber.wake?.();
  }

  return {
    publish(attempts) {
      for (const subscriber of subscribers) offer(subscriber, attempts);
    },
    subscribe(accepts) {
      const subscriber: Subscriber = { accepts, waiting: [], missed: 0, ended: false, wake: null };
      subscribers.add(subscriber);
      return endable(batches(subscriber), () => end(subscriber));
    },
    dispose() {
      for (const subscriber of subscribers) end(subscriber);
    },
  };
}

async function* batches(subscriber: Subscriber): AsyncGenerator<LiveBatch, void, void> {
  let nextAt = 0;
  for (;;) {
    if (subscriber.waiting.length === 0) await wakened(subscriber);
    await wakened(subscriber, nextAt - performance.now());
    if (subscriber.ended) return;
    if (subscriber.waiting.length === 0) continue;
    const batch = { attempts: subscriber.waiting, missed: subscriber.missed };
    subscriber.waiting = [];
    subscriber.missed = 0;
    nextAt = performance.now() + BATCH_EVERY_MS;
    yield batch;
  }
}

/** Waits for the subscriber's end and, unless a time is given, for its next attempt. */
function wakened(subscriber: Subscriber, waitMs?: number): Promise<void> {
  if (subscriber.ended || (waitMs !== undefined && waitMs <= 0)) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = waitMs === undefined ? null : setTimeout(done, waitMs);
    function done(): void {
      if (timer && !subscriber.ended && performance.now() < due) return;
      if (timer) clearTimeout(timer);
      subscriber.wake = null;
      resolve();
    }
    const due = performance.now() + (waitMs ?? 0) - 1;
    subscriber.wake = done;
  });
}

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
