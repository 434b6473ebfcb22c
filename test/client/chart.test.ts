import { expect } from 'chai';
import { linePath, niceCeiling, plot, stackBars } from '../../client/lib/chart.js';

describe('Top of a chart', () => {
  const tops: [value: number, top: number][] = [
    [0, 1],
    [0.3, 0.5],
    [1, 1],
    [1.1, 2],
    [7, 10],
    [10, 10],
    [201, 500],
    [99_000, 100_000],
  ];
  for (const [value, top] of tops)
    it(`is ${top} for ${value}`, () => {
      expect(niceCeiling(value)).to.be.closeTo(top, top / 1e9);
    });
});

describe('Bars of a chart', () => {
  it('stand side by side, failures upon successes, and fill the plot at the most', () => {
    const bars = stackBars(
      [
        { succeeded: 6, failed: 4 },
        { succeeded: 0, failed: 0 },
      ],
      10,
    );
    expect(bars[0]).to.deep.include({ succeeded: { y: 80, height: 120 }, failed: { y: 0, height: 80 } });
    expect(bars[1]).to.deep.include({ succeeded: { y: 200, height: 0 }, failed: { y: 200, height: 0 } });
    expect(bars[0]!.x + bars[0]!.width).to.be.below(plot.width / 2);
    expect(bars[1]!.x).to.be.above(plot.width / 2);
  });

  it('are none of nothing', () => {
    expect(stackBars([], 10)).to.deep.equal([]);
  });
});

describe('Line of a chart', () => {
  it('goes through the middles of its buckets and is interrupted where nothing is known', () => {
    expect(linePath([5, 10, null, 0], 10)).to.equal('M125.0 100.0L375.0 0.0M812.5 200.0h125.0');
    expect(linePath([null, null], 10)).to.equal('');
  });
});
