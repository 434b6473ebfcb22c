import { expect } from 'chai';
import { countFitting, takeBatch } from '../../../server/delivery/batches.js';

const limits = { maxEvents: 3, maxBytes: 100, overheadBytes: 10 };
const bodies = (...sizes: number[]): Array<{ body: string }> =>
  sizes.map((size) => ({ body: 'x'.repeat(size) }));

/** How many events go into each request, until none is left. */
function sizesOf(ready: Array<{ body: string }>, most = Infinity): number[] {
  const sizes: number[] = [];
  while (ready.length > 0) sizes.push(takeBatch(ready, limits, most).length);
  return sizes;
}

describe('A batch', () => {
  it('holds as many events as may be, in their order', () => {
    const ready = bodies(1, 2, 3, 4, 5);
    expect(takeBatch(ready, limits, Infinity).map(({ body }) => body.length)).to.deep.equal([1, 2, 3]);
    expect(ready.map(({ body }) => body.length)).to.deep.equal([4, 5]);
  });

  it('ends before it is too large, counting bytes and what stands around each event', () => {
    expect(sizesOf(bodies(40, 40, 40))).to.deep.equal([2, 1]);
    expect(sizesOf([{ body: 'é'.repeat(25) }, { body: 'é'.repeat(25) }])).to.deep.equal([1, 1]);
  });

  it('is one event where that alone is too large', () => {
    expect(sizesOf(bodies(1, 500, 1))).to.deep.equal([1, 1, 1]);
  });

  it('holds no more than is allowed at the moment', () => {
    expect(sizesOf(bodies(1, 1, 1, 1), 2)).to.deep.equal([2, 2]);
    expect(takeBatch(bodies(1), limits, 0)).to.deep.equal([]);
  });

  it('is one event for a webhook that takes them one by one', () => {
    expect(takeBatch(bodies(1, 1), null, Infinity)).to.have.lengthOf(1);
  });

  it('is foreseen: how many events go out in so many requests', () => {
    const due = bodies(40, 40, 40, 1, 1, 1);
    expect([0, 1, 2, 3].map((requests) => countFitting(due, limits, requests))).to.deep.equal([0, 2, 5, 6]);
    expect(countFitting(due, null, 4)).to.equal(4);
  });
});
