import { expect } from 'chai';
import { checkHeaders, isForbiddenHeader } from '../../../server/webhooks/header-rules.js';

const header = (name: string, value = 'v') => ({ name, value });

/** Each error as `index.field CODE`. */
const check = (...headers: Array<{ name: string; value: string }>) =>
  checkHeaders(headers).map(({ index, field, code }) => `${index}.${field} ${code}`);

describe('Headers an admin may set', () => {
  it('are any others, with printable values', () => {
    expect(
      check(
        header('Authorization', 'Bearer abc.def-ghi=='),
        header('X-Api-Key', ' !~'.trim()),
        header('x_tenant', 'a b'),
        header("!#$%&'*+-.^_`|~09azAZ"),
        header('Cookie', 'a=1; b=2'),
        header('Accept', '*/*'),
        header('constructor'),
        header('X-Hookwatch', 'no prefix of ours'),
      ),
    ).to.deep.equal([]);
    expect(check()).to.deep.equal([]);
  });

  const forbidden = [
    ...[
      'host',
      'connection',
      'content-length',
      'transfer-encoding',
      'te',
      'trailer',
      'upgrade',
      'keep-alive',
    ],
    ...['proxy-authorization', 'proxy-connection', 'proxy-x', 'expect', 'user-agent', 'content-type'],
    ...[
      'content-encoding',
      'accept-encoding',
      'via',
      'forwarded',
      'x-forwarded-for',
      'x-forwarded-x',
      'sec-fetch-site',
    ],
    ...['metadata', 'metadata-flavor', 'x-amz-security-token', 'x-goog-user-project', 'webhook-id'],
    ...['webhook-signature', 'webhook-x', 'hookwatch-delivery-id', 'hookwatch-x', '__proto__'],
  ];
  for (const name of forbidden)
    it(`are not ${name}, however it is written`, () => {
      const spellings = [name, name.toUpperCase(), name.replace(/^./, (first) => first.toUpperCase())];
      for (const spelling of [...spellings, name.replaceAll('-', '_')]) {
        expect(check(header(spelling)), spelling).to.deep.equal(['0.name FORBIDDEN_HEADER']);
        expect(isForbiddenHeader(spelling), spelling).to.equal(true);
      }
    });

  it('are not refused for resembling a forbidden one', () => {
    for (const name of [
      'hosts',
      'x-host',
      'x-forwarded',
      'section',
      'tea',
      'my-webhook-id',
      'x-amzn',
      'content-types',
    ])
      expect(isForbiddenHeader(name), name).to.equal(false);
  });

  it('have names that are tokens', () => {
    for (const name of [
      ' x',
      'x ',
      'x y',
      'x:',
      'x\r\ny',
      'x\0',
      'é',
      'x(y)',
      '"x"',
      'a/b',
      'a@b',
      'a,b',
      '{x}',
      ':path',
      'ſ',
    ])
      expect(check(header(name)), JSON.stringify(name)).to.deep.equal(['0.name INVALID']);
    expect(check(header(''))).to.deep.equal(['0.name REQUIRED']);
  });

  it('have names of at most 128 bytes', () => {
    expect(check(header('x'.repeat(128)))).to.deep.equal([]);
    expect(check(header('x'.repeat(129)))).to.deep.equal(['0.name TOO_LONG']);
    expect(check(header('é'.repeat(65)))).to.deep.equal(['0.name TOO_LONG']);
  });

  it('have names that differ by more than capitals', () => {
    expect(check(header('X-A'), header('x-b'), header('x-a'), header('X-a'))).to.deep.equal([
      '2.name DUPLICATE',
      '3.name DUPLICATE',
    ]);
  });

  it('have values of printable ASCII without spaces around', () => {
    for (const value of ['a\r\nx-evil: 1', 'a\n', 'a\0b', 'a\tb', 'é', '\x7f', '€', ' a', 'a ', ' '])
      expect(check(header('x', value)), JSON.stringify(value)).to.deep.equal(['0.value INVALID']);
    expect(check(header('x', ''))).to.deep.equal(['0.value REQUIRED']);
  });

  it('have values of at most 4,096 bytes', () => {
    expect(check(header('x', 'v'.repeat(4096)))).to.deep.equal([]);
    expect(check(header('x', 'v'.repeat(4097)))).to.deep.equal(['0.value TOO_LONG']);
  });

  it('are at most 32', () => {
    const headers = Array.from({ length: 33 }, (_, index) => header(`x-${index}`));
    expect(check(...headers.slice(0, 32))).to.deep.equal([]);
    expect(check(...headers)).to.deep.equal(['null.null TOO_MANY']);
  });

  it('have at most 8 KiB in all, names and values', () => {
    const full = [header('a', 'v'.repeat(4095)), header('b', 'v'.repeat(4095))];
    expect(check(...full)).to.deep.equal([]);
    expect(check(...full, header('c'))).to.deep.equal(['null.null TOO_LONG']);
  });

  it('tell name and value of one row apart, and every row that is wrong', () => {
    expect(check(header('x'), header('a b', 'é'), header('Host', ''))).to.deep.equal([
      '1.name INVALID',
      '1.value INVALID',
      '2.name FORBIDDEN_HEADER',
      '2.value REQUIRED',
    ]);
  });

  it('are refused in words for the admin', () => {
    for (const { message } of checkHeaders([header('Host'), header('a b', 'é'), header('', '')]))
      expect(message).to.match(/^[A-Z].{10,}\.$/);
  });
});
