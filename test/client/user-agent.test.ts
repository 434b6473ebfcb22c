import { expect } from 'chai';
import { describeUserAgent } from '../../client/lib/user-agent.js';

const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const described: [userAgent: string, words: string][] = [
  [`Mozilla/5.0 (X11; Linux x86_64) ${webkit} Chrome/130.0.0.0 Safari/537.36`, 'Chrome on Linux'],
  [`Mozilla/5.0 (Windows NT 10.0) ${webkit} Chrome/130.0.0.0 Safari/537.36 Edg/130.0`, 'Edge on Windows'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5; rv:131.0) Gecko/20100101 Firefox/131.0', 'Firefox on macOS'],
  [`Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) ${webkit} Safari/604.1`, 'Safari on iPhone'],
  [`Mozilla/5.0 (Linux; Android 14) ${webkit} Chrome/130.0 Mobile Safari/537.36`, 'Chrome on Android'],
  ['curl/8.5.0', 'curl/8.5.0'],
  ['', ''],
  ['x'.repeat(200), 'x'.repeat(60)],
];

describe('A browser', () => {
  for (const [userAgent, words] of described)
    it(`is called ${JSON.stringify(words)} by what it says of itself`, () => {
      expect(describeUserAgent(userAgent)).to.equal(words);
    });
});
