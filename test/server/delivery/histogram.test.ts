import { expect } from 'chai';
import { bucketOf, percentileOf } from '../../../server/delivery/histogram.js';

const histogramOf = (durations: number[]): Map<number, number> => {
  const counts = new Map<number, number>();
  for (const ms of durations) counts.set(bucketOf(ms), (counts.get(bucketOf(ms)) ?? 0) + 1);
  return counts;
};

describe('The histogram of durations', () => {
  it('puts longer durations into later buckets, and the very long into the last', () => {
    const buckets = [0, 0.99, 1, 1.3, 10, 100, 15_000, 600_000].map(bucketOf);
    expect(buckets).to.deep.equal(buckets.toSorted((a, b) => a - b));
    expect(bucketOf(0)).to.equal(0);
    expect(bucketOf(0.99)).to.equal(0);
    expect(bucketOf(1)).to.equal(1);
    expect(bucketOf(Infinity)).to.equal(bucketOf(1e12));
    expect(bucketOf(NaN)).to.equal(0);
  });

  for (const scale of [2, 50, 1_000, 15_000])
    it(`tells percentiles to within 10 % around ${scale} ms`, () => {
      const durations = Array.from({ length: 1_000 }, (_, index) => scale * (1 + index / 1_000));
      const counts = histogramOf(durations);
      for (const part of [0.5, 0.95, 0.99]) {
        const exact = durations[Math.ceil(part * durations.length) - 1]!;
        expect(percentileOf(counts, part)).to.be.within(exact * 0.9, exact * 1.1);
      }
    });

  it('has no percentile when nothing was counted', () => {
    expect(percentileOf(new Map(), 0.5)).to.equal(null);
    expect(percentileOf(new Map([[3, 0]]), 0.5)).to.equal(null);
  });
});
