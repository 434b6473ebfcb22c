import { setTimeout as wait } from 'node:timers/promises';
import type { Attempt } from '../storage/entities/attempt.js';

/** An attempt with the path of the account that may see it. */
export interface LiveAttempt {
  attempt: Attempt;
  ownerPath: string;
}

/** Which attempts somebody follows; who has the same `key` accepts the same. */
export interface Interest {
  key: string;
  accepts: (live: LiveAttempt) => boolean;
}

/** The attempts since the last batch, oldest first; who follows the same and keeps up gets the very same object. */
export interface LiveBatch {
  readonly attempts: readonly Attempt[];
  /** How many the subscriber was too slow for. */
  readonly missed: number;
}

/** Hands attempts to live viewers; a viewer that does not keep up loses the oldest and is told how many. */
export interface AttemptTopic {
  publish(attempts: readonly LiveAttempt[]): void;
  /** Tells every viewer that so many attempts will not come. */
  skip(count: number): void;
  /** How many viewers there are. */
  subscriberCount(): number;
  subscribe(interest: Interest): AsyncGenerator<LiveBatch, void, void>;
  /** Ends every subscription. */
  dispose(): void;
}

/** Attempts that come within this time make one batch. */
const BATCH_EVERY_MS = 100;
/** Most attempts that wait for subscribers, and most bytes that they may come to. */
const MAX_WAITING = 1_000;
const MAX_WAITING_BYTES = 3 * 1024 * 1024;

/** Those who follow the same. What waits for them waits once, however many they are and wherever they stand. */
interface Audience extends Interest {
  subscribers: Set<Subscriber>;
  /** The newest of `total`. */
  waiting: Attempt[];
  waitingBytes: number;
  /** How many attempts have come so far. */
  total: number;
  /** How many of these may be taken. */
  shown: number;
  /** How many subscribers have not taken all that is shown. */
  behind: number;
  /** What was taken of what is shown, by where its takers stood. */
  taken: Map<string, LiveBatch>;
  nextAt: number;
  timer: NodeJS.Timeout | null;
}

interface Subscriber {
  /** How many of the attempts it has had, or is told to have missed. */
  at: number;
  /** How many it is to be told of besides. */
  skipped: number;
  ended: boolean;
  /** Ends the wait for the next batch. */
  wake: () => void;
}

export function createAttemptTopic(): AttemptTopic {
  const audiences = new Map<string, Audience>();

  function join(interest: Interest): Audience {
    const audience = audiences.get(interest.key) ?? createAudience(interest);
    audiences.set(interest.key, audience);
    return audience;
  }

  function leave(audience: Audience, subscriber: Subscriber): void {
    if (subscriber.ended) return;
    subscriber.ended = true;
    audience.subscribers.delete(subscriber);
    if (subscriber.at < audience.shown) caughtUp(audience);
    subscriber.wake();
    if (audience.subscribers.size > 0) return;
    audiences.delete(audience.key);
    if (audience.timer) clearTimeout(audience.timer);
  }

  return {
    publish(attempts) {
      for (const audience of audiences.values()) offer(audience, attempts);
    },
    skip(count) {
      for (const { subscribers } of audiences.values())
        for (const subscriber of subscribers) subscriber.skipped += count;
    },
    subscriberCount: () =>
      [...audiences.values()].reduce((sum, { subscribers }) => sum + subscribers.size, 0),
    subscribe(interest) {
      const audience = join(interest);
      const subscriber: Subscriber = { at: audience.total, skipped: 0, ended: false, wake: () => {} };
      audience.subscribers.add(subscriber);
      return endable(batches(audience, subscriber), () => leave(audience, subscriber));
    },
    dispose() {
      for (const audience of audiences.values())
        for (const subscriber of audience.subscribers) leave(audience, subscriber);
    },
  };
}

const createAudience = (interest: Interest): Audience => ({
  ...interest,
  ...{ subscribers: new Set(), waiting: [], waitingBytes: 0, total: 0, shown: 0, behind: 0 },
  ...{ taken: new Map(), nextAt: 0, timer: null },
});

function offer(audience: Audience, attempts: readonly LiveAttempt[]): void {
  const before = audience.total;
  for (const live of attempts)
    if (audience.accepts(live)) {
      audience.waiting.push(live.attempt);
      audience.waitingBytes += sizeOf(live.attempt);
      audience.total += 1;
    }
  if (audience.total === before) return;
  dropExcess(audience);
  audience.timer ??= setTimeout(() => show(audience), audience.nextAt - performance.now());
}

function dropExcess(audience: Audience): void {
  const { waiting } = audience;
  let excess = 0;
  while (waiting.length - excess > MAX_WAITING || audience.waitingBytes > MAX_WAITING_BYTES)
    audience.waitingBytes -= sizeOf(waiting[excess++]!);
  waiting.splice(0, excess);
}

/** About as many bytes as an attempt keeps in memory. */
const sizeOf = ({ requestBody, responseBody }: Attempt): number =>
  1_024 + (requestBody?.length ?? 0) + (responseBody?.length ?? 0);

/** Lets subscribers take what has come. */
function show(audience: Audience): void {
  audience.timer = null;
  audience.nextAt = performance.now() + BATCH_EVERY_MS;
  audience.shown = audience.total;
  audience.taken.clear();
  audience.behind = 0;
  for (const subscriber of audience.subscribers) {
    if (subscriber.at < audience.shown) audience.behind += 1;
    subscriber.wake();
  }
}

/** What a subscriber has not had; null: nothing. Who stands at the same place gets the same. */
function take(audience: Audience, subscriber: Subscriber): LiveBatch | null {
  const { waiting, total, shown, taken } = audience;
  const first = total - waiting.length;
  const from = Math.max(subscriber.at, first);
  if (from >= shown) return null;
  const place = `${subscriber.at} ${subscriber.skipped}`;
  const batch = taken.get(place) ?? {
    attempts: waiting.slice(from - first, shown - first).sort(byId),
    missed: subscriber.skipped + from - subscriber.at,
  };
  taken.set(place, batch);
  subscriber.at = shown;
  subscriber.skipped = 0;
  caughtUp(audience);
  return batch;
}

/** Forgets what is shown as soon as nobody is behind. */
function caughtUp(audience: Audience): void {
  audience.behind -= 1;
  if (audience.behind > 0) return;
  audience.taken.clear();
  const shown = Math.max(0, audience.waiting.length - (audience.total - audience.shown));
  for (const attempt of audience.waiting.splice(0, shown)) audience.waitingBytes -= sizeOf(attempt);
}

async function* batches(audience: Audience, subscriber: Subscriber): AsyncGenerator<LiveBatch, void, void> {
  while (!subscriber.ended) {
    const batch = take(audience, subscriber);
    if (batch) yield batch;
    else await new Promise<void>((resolve) => (subscriber.wake = resolve));
  }
}

const byId = (a: Attempt, b: Attempt): number => (a.id < b.id ? -1 : 1);

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
