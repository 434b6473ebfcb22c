import { randomFillSync } from 'node:crypto';
import { decodeTime, encodeTime, monotonicFactory } from 'ulid';

/** Which kind of thing an id names; the part before the underscore. */
export type IdPrefix =
  'acc' | 'whk' | 'evt' | 'dlv' | 'att' | 'usr' | 'tok' | 'rpl' | 'aud' | 'inv' | 'ses' | 'req';

/** Asking the system for every random character costs more than all the rest of an id. */
const random = new Uint8Array(4_096);
let used = random.length;

function randomFraction(): number {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  return random[used++]! / 256;
}

const ulid = monotonicFactory(randomFraction);

/** Makes an opaque id such as `evt_01J…`: 30 characters, sorted by the time it was made. */
export const createId = (prefix: IdPrefix): string => `${prefix}_${ulid()}`;

/** The time an id was made, in milliseconds since 1970. */
export const timeOfId = (id: string): number => decodeTime(id.slice(4));

/** The id that stands before every one made at this time or later. */
export const idOfTime = (prefix: IdPrefix, timeMs: number): string =>
  `${prefix}_${encodeTime(Math.max(0, timeMs))}${'0'.repeat(16)}`;

/** Makes a lease token: unique to one claim of deliveries. */
export const createToken = (): string => ulid();

/** The prefix of an id, or null for text that is no id of ours. */
export function prefixOf(id: string): IdPrefix | null {
  return (
    (/^(acc|whk|evt|dlv|att|usr|tok|rpl|aud|inv|ses)_[0-9A-HJKMNP-TV-Z]{26}$/.exec(id)?.[1] as IdPrefix) ??
    null
  );
}
