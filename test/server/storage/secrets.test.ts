import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { createSecretBox, type SecretPlace } from '../../../server/storage/secrets.js';

const place: SecretPlace = { table: 'webhooks', row: 'whk_1', column: 'secret_key' };

describe('secret box', () => {
  const key = randomBytes(32);
  const box = createSecretBox(() => [key]);
  const otherKey = randomBytes(32);
  const sealed = box.seal('hec-token', place);

  /** Sealed text whose bytes (IV, tag, ciphertext) were changed. */
  const tamper = (change: (bytes: Buffer) => Buffer): string => {
    const [scheme, id, data] = sealed.split('.') as [string, string, string];
    return `${scheme}.${id}.${change(Buffer.from(data, 'base64url')).toString('base64url')}`;
  };
  const flip = (position: number): string =>
    tamper((bytes) => {
      bytes.writeUInt8(bytes.readUInt8(position) ^ 1, position);
      return bytes;
    });

  const texts: { title: string; text: string }[] = [
    { title: 'a token', text: '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0' },
    { title: 'an empty text', text: '' },
    { title: 'any characters', text: 'Ünï\u0000\n"🔒".…' },
    { title: 'a long text', text: 'x'.repeat(100_000) },
  ];
  for (const { title, text } of texts)
    it(`opens ${title} as it was sealed`, () => {
      expect(box.open(box.seal(text, place), place)).to.equal(text);
    });

  it('opens what the same key sealed in another process', () => {
    expect(createSecretBox(() => [Buffer.from(key)]).open(sealed, place)).to.equal('hec-token');
  });

  it('shows nothing of the text, and never seals two alike', () => {
    expect(sealed).to.match(/^v1\.[0-9a-f]{8}\.[\w-]+$/);
    expect(Buffer.from(sealed.split('.')[2]!, 'base64url').includes('hec')).to.equal(false);
    expect(box.seal('hec-token', place)).to.not.equal(sealed);
  });

  const elsewhere: Partial<SecretPlace>[] = [
    { table: 'users' },
    { row: 'whk_2' },
    { column: 'signing_secret' },
  ];
  for (const change of elsewhere)
    it(`does not open in another ${Object.keys(change).join()}`, () => {
      expect(() => box.open(sealed, { ...place, ...change })).to.throw('authenticate');
    });

  const changed: { title: string; text: string }[] = [
    { title: 'IV', text: flip(0) },
    { title: 'tag', text: flip(12) },
    { title: 'ciphertext', text: flip(28) },
    { title: 'ciphertext, shortened', text: tamper((bytes) => bytes.subarray(0, -1)) },
    { title: 'ciphertext, lengthened', text: tamper((bytes) => Buffer.concat([bytes, bytes])) },
    { title: 'tag, shortened to four bytes', text: tamper((bytes) => bytes.subarray(0, 16)) },
    { title: 'tag, which is missing', text: tamper((bytes) => bytes.subarray(0, 12)) },
  ];
  for (const { title, text } of changed)
    it(`does not open with a changed ${title}`, () => {
      expect(() => box.open(text, place)).to.throw();
    });

  it('says of a secret under another key which setting is wrong', () => {
    const other = createSecretBox(() => [otherKey]);

    expect(() => other.open(sealed, place)).to.throw(/^A secret is encrypted under another key .*SECRET_KEY/);
  });

  it('seals under the first of several keys and opens under each; a key that came last is known at once', () => {
    const keys = [key];
    const several = createSecretBox(() => keys);
    expect(several.isCurrent(sealed)).to.equal(true);
    keys.unshift(otherKey);

    expect(several.open(sealed, place)).to.equal('hec-token');
    expect(several.isCurrent(sealed)).to.equal(false);
    expect(several.isCurrent(several.seal('x', place))).to.equal(true);
    expect(createSecretBox(() => [otherKey]).open(several.seal('x', place), place)).to.equal('x');
  });

  it('does not open under another key that pretends to be the right one', () => {
    const [, id] = sealed.split('.');
    const [, , data] = createSecretBox(() => [otherKey])
      .seal('forged', place)
      .split('.');

    expect(() => box.open(`v1.${id}.${data}`, place)).to.throw('authenticate');
  });

  for (const text of ['', 'plain', 'v2.00000000.AAAA', 'v1.00000000'])
    it(`does not take "${text}" for a sealed secret`, () => {
      expect(() => box.open(text, place)).to.throw('not stored by Hookwatch');
    });
});
