import type { ClaimedDelivery } from './queue.js';
import type { Target } from './target.js';

/** What fits into one request of a webhook that sends several events at a time. */
export interface BatchLimits {
  maxEvents: number;
  /** Of the body, before compression; a single event may be larger. */
  maxBytes: number;
  /** Bytes that each event adds, beside its own body. */
  overheadBytes: number;
}

/** Knows which webhooks send several events at a time, and learns what their receivers take. */
export interface Batches {
  /** Null: one event a request. */
  limitsOf(target: Target): BatchLimits | null;
  /** The receiver found a request too large: from now on, until the webhook is changed, half of it. */
  learnTooLarge(target: Target, size: RequestSize): void;
}

/** How much went out in one request. */
export interface RequestSize {
  events: number;
  /** Of the events' bodies. */
  bytes: number;
}

export function createBatches({ maxEvents, maxBytes }: { maxEvents: number; maxBytes: number }): Batches {
  const known = new WeakMap<Target, BatchLimits | null>();

  function limitsOf(target: Target): BatchLimits | null {
    const cached = known.get(target);
    if (cached !== undefined) return cached;
    const overheadBytes = target.provider.batchOverhead?.(target.settings) ?? null;
    const limits = overheadBytes === null ? null : { maxEvents, maxBytes, overheadBytes };
    known.set(target, limits);
    return limits;
  }

  return {
    limitsOf,
    learnTooLarge(target, { events, bytes }) {
      const limits = limitsOf(target);
      if (!limits) return;
      limits.maxBytes = Math.min(limits.maxBytes, Math.ceil((bytes + events * limits.overheadBytes) / 2));
    },
  };
}

const bytesOf = ({ body }: { body: string }, { overheadBytes }: BatchLimits): number =>
  Buffer.byteLength(body) + overheadBytes;

/** How much these are together. */
export const sizeOf = (deliveries: ReadonlyArray<{ body: string }>): RequestSize => ({
  events: deliveries.length,
  bytes: deliveries.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0),
});

/** Removes from the front of `ready` what goes out in the next request: `most` at most, else one however large. */
export function takeBatch<T extends { body: string }>(
  ready: T[],
  limits: BatchLimits | null,
  most: number,
): T[] {
  const maxEvents = Math.min(most, limits?.maxEvents ?? 1);
  if (!limits || maxEvents <= 1) return ready.splice(0, maxEvents);
  let count = 0;
  let bytes = 0;
  for (const delivery of ready) {
    bytes += bytesOf(delivery, limits);
    if (count > 0 && (count >= maxEvents || bytes > limits.maxBytes)) break;
    count += 1;
  }
  return ready.splice(0, count);
}

/** How many of these go out in so many requests. */
export function countFitting(
  deliveries: ReadonlyArray<{ body: string }>,
  limits: BatchLimits | null,
  requests: number,
): number {
  const left = [...deliveries];
  for (let count = 0; count < requests && left.length > 0; count += 1) takeBatch(left, limits, Infinity);
  return deliveries.length - left.length;
}

/** Oldest event first; those of one time keep their order. */
export const byEventTime = (deliveries: readonly ClaimedDelivery[]): readonly ClaimedDelivery[] =>
  deliveries.length === 1 ? deliveries : [...deliveries].sort((a, b) => a.occurredAt - b.occurredAt);
