import { expect } from 'chai';
import type { NextState } from '../../../server/delivery/queue.js';
import { nextState, type RoundVerdict } from '../../../server/delivery/states.js';
import { AttemptOutcome } from '../../../server/storage/entities/attempt.js';

const policy = { scheduleMs: [5_000, 300_000], ackTimeoutMs: 300_000, random: () => 0.5 };

const verdictOf = (changes: Partial<RoundVerdict>): RoundVerdict => ({
  outcome: 'RETRYABLE',
  gone: false,
  retryAfterMs: null,
  ack: null,
  ...changes,
});

interface Transition {
  title: string;
  verdict: Partial<RoundVerdict>;
  /** What follows the first round, the second, and the one after the schedule's last wait. */
  next: [NextState, NextState, NextState];
}

const always = (state: NextState): Transition['next'] => [state, state, state];

const transitions: Transition[] = [
  { title: 'a success is final', verdict: { outcome: 'SUCCEEDED' }, next: always({ status: 'SUCCEEDED' }) },
  {
    title: 'a success is a success whatever its Retry-After',
    verdict: { outcome: 'SUCCEEDED', retryAfterMs: 60_000 },
    next: always({ status: 'SUCCEEDED' }),
  },
  {
    title: 'what was taken waits for its acknowledgment, and a little longer',
    verdict: { outcome: 'SUCCEEDED', ack: { channel: 'c', id: 7 } },
    next: always({
      ...{ status: 'PENDING', delayMs: 360_000 },
      ack: { channel: 'c', id: 7, timeoutMs: 300_000 },
    }),
  },
  {
    title: 'a payload that can never be accepted fails at once',
    verdict: { outcome: 'PERMANENT' },
    next: always({ status: 'FAILED' }),
  },
  {
    title: 'a misconfigured webhook holds the delivery, at the end of the schedule too',
    verdict: { outcome: 'MISCONFIGURED' },
    next: always({ status: 'HELD', reason: 'MISCONFIGURED' }),
  },
  {
    title: 'a receiver that is gone holds the delivery of a webhook that is disabled now',
    verdict: { outcome: 'MISCONFIGURED', gone: true },
    next: always({ status: 'HELD', reason: 'AUTO_DISABLED' }),
  },
  {
    title: 'a request that Hookwatch cut off itself is due again at once, and uses up nothing',
    verdict: { outcome: null },
    next: always({ status: 'PENDING', delayMs: 0 }),
  },
  {
    title: 'a failure that may pass waits as scheduled, then fails',
    verdict: {},
    next: [
      { status: 'PENDING', delayMs: 5_000 },
      { status: 'PENDING', delayMs: 300_000 },
      { status: 'FAILED' },
    ],
  },
  {
    title: 'a Retry-After lengthens a wait, and adds no round to the schedule',
    verdict: { retryAfterMs: 60_000 },
    next: [
      { status: 'PENDING', delayMs: 60_000 },
      { status: 'PENDING', delayMs: 300_000 },
      { status: 'FAILED' },
    ],
  },
];

describe('states of a delivery', () => {
  for (const { title, verdict, next } of transitions)
    it(title, () => {
      const states = next.map((_state, roundsDone) => nextState(roundsDone, verdictOf(verdict), policy));

      expect(states).to.deep.equal(next);
    });

  it('know a way on from every outcome', () => {
    for (const outcome of Object.values(AttemptOutcome))
      expect(nextState(0, verdictOf({ outcome }), policy).status, outcome).to.be.oneOf([
        ...['SUCCEEDED', 'FAILED', 'HELD', 'PENDING'],
      ]);
  });

  it('have no round after the first where the schedule is empty', () => {
    expect(nextState(0, verdictOf({}), { ...policy, scheduleMs: [] })).to.deep.equal({ status: 'FAILED' });
  });
});
