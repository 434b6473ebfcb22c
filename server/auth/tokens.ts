import { createHash, randomBytes, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 30;
const CHECKSUM_LENGTH = 6;

/** The hash under which a secret of high entropy is stored: SHA-256, in hex. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** 256 random bits for a cookie or a link. */
export const createRandomToken = (): string => randomBytes(32).toString('base64url');

function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place += 1) {
    digits = BASE62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/** Makes an API token: `hw_`, 30 random characters, and six of a checksum that secret scanners can verify. */
export function createApiTokenText(): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => BASE62.charAt(randomInt(62))).join('');
  return `hw_${random}${checksumOf(random)}`;
}

/** Whether text has the form and the checksum of an API token; says nothing of its validity. */
export function isApiTokenText(text: string): boolean {
  const match = /^hw_([0-9A-Za-z]{30})([0-9A-Za-z]{6})$/.exec(text);
  return match !== null && checksumOf(match[1]!) === match[2];
}
