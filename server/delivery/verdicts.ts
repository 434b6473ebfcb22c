import type { Judgement } from './providers/provider.js';

/** What one reply means for each of the events that shared the request; events are named by their position. */
export interface Verdict {
  judgementOf: (index: number) => Judgement;
  /** Whose round is over. */
  over: number[];
  /** Who goes out again at once, and with whom. */
  again: number[][];
}

/**
 * A reply that blames a payload ends the round of the one event at fault. The others go out again without it; where
 * Splunk does not say which it is, or all together are too large, they go out again in two halves.
 */
export function verdictOf(judgement: Judgement, count: number): Verdict {
  const all = Array.from({ length: count }, (_, index) => index);
  if (count === 1 || judgement.outcome !== 'PERMANENT')
    return { judgementOf: () => judgement, over: all, again: [] };
  const culprit = judgement.invalidEventNumber;
  if (culprit !== undefined && culprit < count) {
    const innocent = sentAgain(judgement, 'Another event of this request was at fault: without it this one');
    return {
      judgementOf: (index) => (index === culprit ? judgement : innocent),
      over: [culprit],
      again: [all.filter((index) => index !== culprit)],
    };
  }
  const half = Math.ceil(count / 2);
  const why = judgement.splitBatch
    ? `The receiver took no request of this size: in a smaller one this event`
    : `The receiver did not say which event of this request was at fault: in a smaller one this event`;
  const divided = sentAgain(judgement, why);
  return { judgementOf: () => divided, over: [], again: [all.slice(0, half), all.slice(half)] };
}

const sentAgain = (judgement: Judgement, why: string): Judgement => ({
  ...judgement,
  outcome: 'RETRYABLE',
  hint: `${why} is sent again at once.`,
});
