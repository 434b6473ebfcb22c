import { expect } from 'chai';
import { reconnectDelayMs } from '../../client/lib/backoff.js';
import { safeNextPath } from '../../client/lib/next-path.js';

describe('Path after signing in', () => {
  for (const next of ['/', '/a/acc_1/deliveries?outcome=RETRYABLE&attempt=att_1#x'])
    it(`may be ${next}`, () => {
      expect(safeNextPath(next)).to.equal(next);
    });

  const refused = [
    ...[undefined, ['/a'], '', 'a/b', 'https://evil.example', '//evil.example', '/\\evil.example'],
    ...[
      'javascript:alert(1)',
      '/\t/evil.example',
      '/./\\/evil.example',
      '/..//evil.example',
      '/sign-in?next=/',
    ],
  ];
  for (const next of refused)
    it(`may not be ${JSON.stringify(next)}`, () => {
      expect(safeNextPath(next)).to.equal(null);
    });
});

describe('Wait before connecting again', () => {
  it('doubles with each failure up to 20 seconds', () => {
    const waits = [0, 1, 2, 3, 4, 5, 6, 7, 99].map((failures) => reconnectDelayMs(failures, () => 0.5));
    expect(waits).to.deep.equal([500, 500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]);
  });

  it('is a quarter shorter or longer by chance', () => {
    expect(reconnectDelayMs(1, () => 0)).to.equal(375);
    expect(reconnectDelayMs(1, () => 1)).to.equal(625);
  });
});
