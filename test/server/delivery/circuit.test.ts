import { expect } from 'chai';
import { CIRCUIT_OPENS_AT, circuitProbeDelayMs } from '../../../server/delivery/circuit.js';

const lowest = (): number => 0;
const middle = (): number => 0.5;
const highest = (): number => 1 - Number.EPSILON;

describe('circuit', () => {
  it('opens after five failed rounds in a row', () => {
    expect(CIRCUIT_OPENS_AT).to.equal(5);
  });

  const waits: { title: string; failingForMs: number; waitMs: number }[] = [
    { title: 'five seconds at first', failingForMs: 0, waitMs: 5_000 },
    { title: 'five seconds if a clock was set back', failingForMs: -60_000, waitMs: 5_000 },
    { title: 'as long as it has been failing', failingForMs: 40_000, waitMs: 40_000 },
    { title: 'no more than five minutes', failingForMs: 5 * 86_400_000, waitMs: 300_000 },
  ];
  for (const { title, failingForMs, waitMs } of waits)
    it(`waits for its next probe ${title}, give or take a tenth`, () => {
      expect(circuitProbeDelayMs(failingForMs, lowest)).to.equal(waitMs * 0.9);
      expect(circuitProbeDelayMs(failingForMs, middle)).to.equal(waitMs);
      expect(circuitProbeDelayMs(failingForMs, highest)).to.equal(waitMs * 1.1);
    });

  it('doubles its wait with each failed probe until it is five minutes', () => {
    const waits: number[] = [];
    for (let failingForMs = 0; waits.length < 8; failingForMs += waits.at(-1)!)
      waits.push(circuitProbeDelayMs(failingForMs, middle));

    expect(waits).to.deep.equal([...[5_000, 5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000]]);
  });
});
