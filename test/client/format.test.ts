import { expect } from 'chai';
import {
  formatAgo,
  formatClock,
  formatCount,
  formatDayUnlessToday,
  formatDuration,
  formatPercent,
  formatSlice,
  formatSpan,
  formatUtc,
} from '../../client/lib/format.js';
import { replyWords, wordsOf } from '../../client/lib/words.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** One case a line: what goes in, what is shown. */
const shows = <T>(title: string, format: (value: T) => string, cases: [T, string][]) =>
  describe(title, () => {
    for (const [value, text] of cases)
      it(`shows ${JSON.stringify(value)} as ${JSON.stringify(text)}`, () => {
        expect(format(value)).to.equal(text);
      });
  });

shows('A count', formatCount, [
  [0, '0'],
  [1_234_567, '1,234,567'],
]);

shows('A measured time', formatDuration, [
  [0.04, '0 ms'],
  [0.44, '0.4 ms'],
  [87.4, '87 ms'],
  [999.4, '999 ms'],
  [999.6, '1.00 s'],
  [12_340, '12.3 s'],
  [75_000, '1 min 15 s'],
]);

shows('A share', formatPercent, [
  [1, '100%'],
  [0.99999, '99.9%'],
  [0.5, '50%'],
  [0.29, '29%'],
  [0, '0%'],
]);

shows('A wait', formatSpan, [
  [-5, '0 s'],
  [1, '1 s'],
  [44_100, '45 s'],
  [4 * minuteMs + 12_000, '4 min 12 s'],
  [2 * hourMs, '2 h'],
  [2 * hourMs + 5 * minuteMs + 3000, '2 h 5 min'],
  [dayMs + 30 * minuteMs, '1 d'],
]);

shows('A past time', (ago: number) => formatAgo(1e12 - ago, 1e12), [
  [-minuteMs, 'just now'],
  [9_999, 'just now'],
  [59_999, '59 s ago'],
  [hourMs - 1, '59 min ago'],
  [dayMs - 1, '23 h ago'],
  [3 * dayMs, '3 d ago'],
]);

shows('A constant', wordsOf, [
  ['TLS_CERTIFICATE_EXPIRED', 'TLS certificate expired'],
  ['CONNECTION_REFUSED', 'Connection refused'],
  ['api_token.created', 'API token created'],
  ['DNS_NOT_FOUND', 'DNS not found'],
  ['', ''],
]);

shows('A reply', replyWords, [
  [{ httpStatus: 503, hecCode: 9, errorClass: 'SPLUNK_BUSY' }, 'HTTP 503, code 9'],
  [{ httpStatus: 204, hecCode: null, errorClass: null }, 'HTTP 204'],
  [{ httpStatus: null, hecCode: null, errorClass: 'CONNECTION_REFUSED' }, 'Connection refused'],
  [{ httpStatus: null, hecCode: null, errorClass: null }, ''],
]);

describe('A moment', () => {
  const at = new Date(2025, 0, 29, 13, 8, 6, 42);

  it('is local time to the millisecond, with its day only if that is not today', () => {
    expect(formatClock(at.toISOString())).to.equal('13:08:06.042');
    expect(formatDayUnlessToday(at.toISOString(), at.getTime())).to.equal('');
    expect(formatDayUnlessToday(at.toISOString(), at.getTime() + dayMs)).to.equal('Jan 29');
  });

  it('is the time of a short slice and the day of a long one', () => {
    expect(formatSlice(at.toISOString(), 3_600_000)).to.equal('13:08');
    expect(formatSlice(at.toISOString(), dayMs)).to.equal('Jan 29');
  });

  it('is in UTC on request', () => {
    expect(formatUtc('2025-01-29T13:28:36.042Z')).to.equal('2025-01-29 13:28:36.042 UTC');
  });
});
