import type { PrivateTarget } from '../config.js';
import type { NewAttempt } from './attempt-row.js';
import type { RequestSize } from './batches.js';
import type { ClaimedDelivery } from './queue.js';
import type { FinishedRound } from './round.js';
import type { TargetData } from './target.js';

/** What a sending thread knows from its start. */
export interface SenderConfig {
  userAgent: string;
  scheduleMs: readonly number[];
  ackTimeoutMs: number;
  quickRetries: number;
  timeoutMs: number;
  allowedPrivateTargets: readonly PrivateTarget[];
  /** Of this thread alone; the rest are closed after their request. */
  maxKeptConnections: number;
}

/** What a thread is told of a webhook: where it differs from what it was told last, or that it is deleted. */
export type TargetNews = TargetData | 'AS_BEFORE' | 'DELETED';

/** What a thread is told; several go in one message. */
export type ToSender =
  | { kind: 'run'; job: number; webhookId: string; news: TargetNews; deliveries: readonly ClaimedDelivery[] }
  | { kind: 'target'; question: number; webhookId: string; news: TargetNews }
  | { kind: 'unknown'; question: number; reason: string }
  | { kind: 'abort' }
  | { kind: 'ping' };

/** A round's end; the delivery is named, not repeated. */
export interface SentEnd extends Omit<FinishedRound, 'delivery'> {
  delivery: string;
}

/** What a thread tells; several come in one message, in the order in which they happened. */
export type FromSender =
  | { kind: 'ended'; job: number; ends: SentEnd[] }
  | { kind: 'failed'; job: number; reason: string }
  | { kind: 'retried'; attempts: readonly NewAttempt[]; ownerPath: string }
  | { kind: 'tooLarge'; webhookId: string; size: RequestSize }
  | { kind: 'findTarget'; question: number; webhookId: string }
  | { kind: 'logged'; fields: object; message: string }
  | { kind: 'pong' };

/** Collects what happens in one turn of the event loop, so that it goes out as one message. */
export function createOutbox<M>(post: (messages: M[]) => void): (message: M) => void {
  let waiting: M[] = [];
  const flush = (): void => {
    const messages = waiting;
    waiting = [];
    post(messages);
  };
  return (message) => {
    if (waiting.push(message) === 1) setImmediate(flush);
  };
}
