import type { AttemptOutcome } from '../storage/entities/attempt.js';
import { nextRoundDelayMs } from './retry-policy.js';
import type { Ack, NextState } from './queue.js';

/** So much later than an acknowledgment's time is over: that is for whoever asks to say, if anybody still does. */
const ACK_GRACE_MS = 60_000;

/** What the last attempt of a round came to, as far as the delivery's future is concerned. */
export interface RoundVerdict {
  /** null: Hookwatch itself cut it off. */
  outcome: AttemptOutcome | null;
  /** The receiver said 410: it wants nothing more. */
  gone: boolean;
  /** From the reply's Retry-After, in milliseconds. */
  retryAfterMs: number | null;
  /** It was taken, and the receiver will say when it is safe. */
  ack: Ack | null;
}

export interface SchedulePolicy {
  scheduleMs: readonly number[];
  /** How long an acknowledgment is waited for. */
  ackTimeoutMs: number;
  random: () => number;
}

/**
 * The state machine of a delivery at the end of a round. It comes from PENDING (leased); SUCCEEDED and FAILED are
 * final, PENDING waits for the next round, or for an acknowledgment, HELD waits for a person.
 */
export function nextState(roundsDone: number, verdict: RoundVerdict, policy: SchedulePolicy): NextState {
  if (verdict.outcome === null) return { status: 'PENDING', delayMs: 0 };
  if (verdict.outcome === 'SUCCEEDED')
    return verdict.ack ? waitFor(verdict.ack, policy) : { status: 'SUCCEEDED' };
  if (verdict.outcome === 'PERMANENT') return { status: 'FAILED' };
  if (verdict.gone) return { status: 'HELD', reason: 'AUTO_DISABLED' };
  if (verdict.outcome === 'MISCONFIGURED') return { status: 'HELD', reason: 'MISCONFIGURED' };
  const delayMs = nextRoundDelayMs({ ...policy, roundsDone, retryAfterMs: verdict.retryAfterMs });
  return delayMs === null ? { status: 'FAILED' } : { status: 'PENDING', delayMs };
}

const waitFor = (ack: Ack, { ackTimeoutMs: timeoutMs }: SchedulePolicy): NextState => ({
  status: 'PENDING',
  delayMs: timeoutMs + ACK_GRACE_MS,
  ack: { ...ack, timeoutMs },
});
