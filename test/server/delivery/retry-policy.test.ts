import { expect } from 'chai';
import { nextRoundDelayMs, parseRetryAfter } from '../../../server/delivery/retry-policy.js';

const hour = 3_600_000;
const now = Date.UTC(2025, 0, 29, 13, 28, 36);

describe('Retry-After', () => {
  const waits: Array<[string, number]> = [
    ['0', 0],
    ['120', 120_000],
    ['  7 ', 7_000],
    ['0007', 7_000],
    ['86400', 24 * hour],
    ['86401', 24 * hour],
    ['9999999999', 24 * hour],
    ['9'.repeat(400), 24 * hour],
    ['Wed, 29 Jan 2025 13:28:36 GMT', 0],
    ['Wed, 29 Jan 2025 13:30:36 GMT', 120_000],
    ['Wednesday, 29-Jan-25 13:30:36 GMT', 120_000],
    ['Wed Jan 29 13:30:36 2025', 120_000],
    ['Sat Feb  1 13:28:36 2025', 24 * hour],
    ['Thu, 01 Jan 2099 00:00:00 GMT', 24 * hour],
  ];
  for (const [value, waitMs] of waits)
    it(`waits ${waitMs} ms for "${value.slice(0, 40)}"`, () => {
      expect(parseRetryAfter(value, now)).to.equal(waitMs);
    });

  const ignored = [
    ...['', ' ', '-5', '-0', '+5', '1.5', '1e3', '0x10', '0b1', 'NaN', 'Infinity', 'abc', '5s', '5, 10', '٣'],
    ...['2099-01-01', '2099-01-01T00:00:00Z', 'Jan 1 2099', 'tomorrow, 1', 'Foo, 5', 'Mon, 2099'],
    ...['Wed, 29 Jan 2025 13:28:35 GMT', 'Thu, 01 Jan 1970 00:00:00 GMT', 'Thu, 99 Jan 2099 00:00:00 GMT'],
    ...['Thu, 01 Foo 2099 00:00:00 GMT', 'Thu, 01 Jan 2099 00:00:00 +0200', 'Thu, 01 Jan 2099 99:00:00 GMT'],
  ];
  for (const value of ignored)
    it(`ignores "${value}"`, () => {
      expect(parseRetryAfter(value, now)).to.equal(null);
    });

  it('is nothing when the header is absent', () => {
    expect(parseRetryAfter(undefined, now)).to.equal(null);
  });
});

describe('Schedule of rounds', () => {
  const scheduleMs = [5_000, 300_000, 24 * hour];
  const delay = (roundsDone: number, retryAfterMs: number | null = null, random = 0.5) =>
    nextRoundDelayMs({ scheduleMs, roundsDone, retryAfterMs, random: () => random });

  it('waits as long as the schedule says and then ends', () => {
    expect([0, 1, 2, 3, 4].map((roundsDone) => delay(roundsDone))).to.deep.equal([
      5_000,
      300_000,
      24 * hour,
      null,
      null,
    ]);
  });

  it('varies each wait by a tenth either way', () => {
    expect(delay(1, null, 0)).to.equal(270_000);
    expect(delay(1, null, 1 - Number.EPSILON)).to.equal(330_000);
    for (let i = 0; i < 1_000; i += 1)
      expect(
        nextRoundDelayMs({ scheduleMs, roundsDone: 0, retryAfterMs: null, random: Math.random }),
      ).to.be.within(4_500, 5_500);
  });

  it('lengthens a wait by Retry-After and never shortens it', () => {
    expect(delay(0, 60_000)).to.equal(60_000);
    expect(delay(0, 5_001)).to.equal(5_001);
    expect(delay(1, 60_000)).to.equal(300_000);
    expect(delay(1, 0)).to.equal(300_000);
  });

  it('follows Retry-After for at most 24 hours', () => {
    expect(delay(0, 999 * hour)).to.equal(24 * hour);
    expect(delay(0, Infinity)).to.equal(24 * hour);
  });

  it('ends although Retry-After asks for another try', () => {
    expect(delay(3, 60_000)).to.equal(null);
  });

  it('has no second round with an empty schedule', () => {
    expect(
      nextRoundDelayMs({ scheduleMs: [], roundsDone: 0, retryAfterMs: 1, random: Math.random }),
    ).to.equal(null);
  });
});
