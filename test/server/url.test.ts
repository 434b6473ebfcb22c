import { expect } from 'chai';
import { parseUrl } from '../../server/url.js';

describe('A parsed URL', () => {
  it('knows names that are not ASCII, however often it is asked', () => {
    for (let count = 0; count < 20_000; count += 1) parseUrl(`https://example.com/${count}`);
    expect(parseUrl('https://bücher.example/')?.host).to.equal('xn--bcher-kva.example');
  });

  it('is null for text that is none', () => {
    expect(['', '//example.com', 'https://', 'https://[::1'].map(parseUrl)).to.deep.equal([
      null,
      null,
      null,
      null,
    ]);
  });
});
