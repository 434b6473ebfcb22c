import { expect } from 'chai';
import { createSteadyClock } from '../../../server/storage/clock.js';

const HOUR_MS = 3_600_000;

describe('The clock of SQLite', () => {
  let wall: number;
  let monotonic: number;
  let now: () => number;

  beforeEach(() => {
    [wall, monotonic] = [1_000_000, 50];
    now = createSteadyClock(
      () => wall,
      () => monotonic,
    );
  });

  const pass = (ms: number): void => {
    wall += ms;
    monotonic += ms;
  };

  it('is the wall clock', () => {
    expect(now()).to.equal(1_000_000);
    pass(250.75);
    expect(now()).to.equal(1_000_250);
  });

  it('goes on at its pace when the wall clock is set back', () => {
    pass(100);
    wall -= HOUR_MS;
    expect(now()).to.equal(1_000_100);
    pass(5_000);
    expect(now()).to.equal(1_005_100);
  });

  it('follows the wall clock forward, also after it was set back', () => {
    wall -= HOUR_MS;
    pass(10);
    expect(now()).to.equal(1_000_010);
    wall += 2 * HOUR_MS;
    expect(now()).to.equal(1_000_010 + HOUR_MS);
  });
});
