import { expect } from 'chai';
import { layOutPhases } from '../../client/lib/waterfall.js';

describe('Phases of a request', () => {
  it('stand end to end, and what is left of the total is the download', () => {
    const phases = layOutPhases({ dnsMs: 10, connectMs: 20, tlsMs: 30, firstByteMs: 20, totalMs: 100 });
    expect(phases.map(({ name, offset, width }) => [name, offset, width])).to.deep.equal([
      ['dns', 0, 10],
      ['connect', 10, 20],
      ['tls', 30, 30],
      ['firstByte', 60, 20],
      ['download', 80, 20],
    ]);
  });

  it('leave out what a reused connection did not need', () => {
    const phases = layOutPhases({ dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: 8, totalMs: 10 });
    expect(phases.map(({ durationMs }) => durationMs)).to.deep.equal([null, null, null, 8, 2]);
    expect(phases.map(({ offset }) => offset)).to.deep.equal([0, 0, 0, 0, 80]);
  });

  it('know no download when nothing was answered', () => {
    const phases = layOutPhases({
      dnsMs: 4,
      connectMs: null,
      tlsMs: null,
      firstByteMs: null,
      totalMs: 15_000,
    });
    expect(phases.at(-1)).to.include({ name: 'download', durationMs: null, width: 0 });
  });

  it('never reach beyond the whole, though rounding made their sum larger', () => {
    const phases = layOutPhases({ dnsMs: 1, connectMs: 1, tlsMs: 1, firstByteMs: 1, totalMs: 3 });
    expect(Math.max(...phases.map(({ offset, width }) => offset + width))).to.equal(100);
    expect(layOutPhases({ dnsMs: 0, connectMs: 0, tlsMs: 0, firstByteMs: 0, totalMs: 0 })).to.have.length(5);
  });
});
