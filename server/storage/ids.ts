import { monotonicFactory } from 'ulid';

/** Which kind of thing an id names; the part before the underscore. */
export type IdPrefix = 'acc' | 'whk' | 'evt' | 'dlv' | 'att' | 'usr' | 'tok' | 'rpl' | 'aud';

const ulid = monotonicFactory();

/** Makes an opaque id such as `evt_01J…`: 30 characters, sorted by the time it was made. */
export const createId = (prefix: IdPrefix): string => `${prefix}_${ulid()}`;

/** Makes a lease token: unique to one claim of deliveries. */
export const createToken = (): string => ulid();

/** The prefix of an id, or null for text that is no id of ours. */
export function prefixOf(id: string): IdPrefix | null {
  return (/^(acc|whk|evt|dlv|att|usr|tok|rpl|aud)_[0-9A-HJKMNP-TV-Z]{26}$/.exec(id)?.[1] as IdPrefix) ?? null;
}
