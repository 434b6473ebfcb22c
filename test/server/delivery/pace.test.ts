import { expect } from 'chai';
import { createPace, type Pace } from '../../../server/delivery/pace.js';

/** Sends what it may, each 10 ms, for a time; answers how many went out. */
function sendAll(pace: Pace, fromMs: number, forMs: number): number {
  let sent = 0;
  for (let now = fromMs; now < fromMs + forMs; now += 10) {
    const events = Math.min(100, pace.allowance(now));
    pace.count(events, now);
    sent += events;
  }
  return sent;
}

describe('The pace of a webhook', () => {
  it('lets anything go out until the receiver asks for fewer', () => {
    const pace = createPace();
    expect(pace.allowance(1_000)).to.equal(Infinity);
    expect(pace.waitMs(1_000)).to.equal(0);
  });

  it('is halved for 30 seconds, evenly, and is free again afterwards', () => {
    const pace = createPace();
    expect(sendAll(pace, 100_000, 10_000)).to.equal(100_000);
    pace.slowDown(110_000);
    expect(pace.allowance(110_000)).to.equal(0);
    for (let second = 0; second < 29; second += 1)
      expect(sendAll(pace, 110_000 + second * 1_000, 1_000)).to.be.closeTo(5_000, 1_250);
    expect(pace.allowance(140_000)).to.equal(Infinity);
  });

  it('is not halved again by what was on its way already, but by the same wish later', () => {
    const pace = createPace();
    sendAll(pace, 0, 10_000);
    pace.slowDown(10_000);
    pace.slowDown(10_010);
    expect(sendAll(pace, 10_010, 10_000)).to.be.closeTo(50_000, 1_300);
    sendAll(pace, 20_010, 19_990);
    pace.slowDown(40_010);
    expect(sendAll(pace, 40_010, 10_000)).to.be.closeTo(25_000, 700);
  });

  it('never stops: a quiet webhook may send one event a second, and knows when', () => {
    const pace = createPace();
    pace.count(1, 50_000);
    pace.slowDown(50_000);
    expect(pace.allowance(50_000)).to.equal(0);
    expect(pace.waitMs(50_000)).to.equal(1_000);
    expect(pace.allowance(51_000)).to.equal(1);
    pace.count(1, 51_000);
    expect(pace.allowance(51_500)).to.equal(0);
    expect(pace.waitMs(51_500)).to.equal(500);
  });

  it('lets a quarter of a second’s worth out at a time, so that batches stay batches', () => {
    const pace = createPace();
    pace.count(400, 50_000);
    pace.slowDown(50_000);
    expect(pace.waitMs(50_000)).to.equal(250);
    expect(pace.allowance(50_200)).to.equal(0);
    expect(pace.allowance(50_250)).to.equal(50);
  });

  it('does not save up for a burst', () => {
    const pace = createPace();
    pace.count(40, 50_000);
    pace.slowDown(50_000);
    expect(pace.allowance(70_000)).to.equal(20);
  });

  it('is forgotten when nothing went out for a while', () => {
    const pace = createPace();
    pace.count(1, 50_000);
    expect(pace.isIdle(55_000)).to.equal(false);
    expect(pace.isIdle(61_000)).to.equal(true);
    pace.slowDown(61_000);
    expect(pace.isIdle(80_000)).to.equal(false);
    expect(pace.isIdle(92_000)).to.equal(true);
  });
});
