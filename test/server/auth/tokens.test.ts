import { expect } from 'chai';
import {
  createApiTokenText,
  createRandomToken,
  hashToken,
  isApiTokenText,
} from '../../../server/auth/tokens.js';

describe('API token texts', () => {
  it('are hw_, 30 random characters and six of a checksum, all base62, and never the same', () => {
    const texts = Array.from({ length: 1_000 }, createApiTokenText);
    for (const text of texts) {
      expect(text).to.match(/^hw_[0-9A-Za-z]{36}$/);
      expect(isApiTokenText(text), text).to.equal(true);
    }
    expect(new Set(texts).size).to.equal(texts.length);
  });

  it('carry the CRC32 of their random part, so that scanners elsewhere can verify it', () => {
    for (const random of ['0'.repeat(30), 'z'.repeat(30), 'abcdefghijklmnopqrstuvwxyz0123'])
      expect(isApiTokenText(`hw_${random}${base62Crc(random)}`), random).to.equal(true);
  });

  it('fail their checksum when any one character is mistyped', () => {
    const text = createApiTokenText();
    for (let index = 3; index < text.length; index += 1) {
      const other = text[index] === 'a' ? 'b' : 'a';
      const mistyped = text.slice(0, index) + other + text.slice(index + 1);
      expect(isApiTokenText(mistyped), mistyped).to.equal(false);
    }
  });

  it('are nothing else', () => {
    const text = createApiTokenText();
    for (const other of [
      '',
      'hw_',
      text.slice(1),
      `${text}a`,
      ` ${text}`,
      text.replace('hw_', 'HW_'),
      `${text}\n`,
    ])
      expect(isApiTokenText(other), other).to.equal(false);
  });
});

describe('Session tokens', () => {
  it('hold 256 random bits and are stored as SHA-256', () => {
    const token = createRandomToken();
    expect(Buffer.from(token, 'base64url')).to.have.length(32);
    expect(hashToken('abc')).to.equal('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

/** An independent implementation of the checksum, bit by bit. */
function base62Crc(text: string): string {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  let rest = BigInt((crc ^ 0xffffffff) >>> 0);
  let out = '';
  while (out.length < 6) {
    out = digits[Number(rest % 62n)]! + out;
    rest /= 62n;
  }
  return out;
}
