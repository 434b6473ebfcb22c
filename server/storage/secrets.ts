import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** Where a secret is stored; a ciphertext moved to another place does not open. */
export interface SecretPlace {
  table: string;
  row: string;
  column: string;
}

/** Encrypts what must be readable again: secret keys, header values, signing secrets. */
export interface SecretBox {
  seal(plain: string, place: SecretPlace): string;
  /** Throws when the text was sealed under an unknown key, for another place, or changed since. */
  open(sealed: string, place: SecretPlace): string;
  /** Whether text was sealed under the key that seals now. */
  isCurrent(sealed: string): boolean;
}

/** The keys as of now, 32 bytes each, at least one: the first seals, every one opens. */
export type KeyRing = () => readonly Buffer[];

const IV_BYTES = 12;
const TAG_BYTES = 16;
const aad = (place: SecretPlace): Buffer => Buffer.from(`${place.table}|${place.row}|${place.column}`);

const idOf = (key: Buffer): string => createHash('sha256').update(key).digest('hex').slice(0, 8);

/** AES-256-GCM with a random IV; sealed text reads `v1.<key id>.<base64url of IV, tag and ciphertext>`. */
export function createSecretBox(ring: KeyRing): SecretBox {
  return {
    seal(plain, place) {
      const key = ring()[0]!;
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad(place));
      const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return `v1.${idOf(key)}.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')}`;
    },
    open(sealed, place) {
      const [scheme, id, data] = sealed.split('.');
      if (scheme !== 'v1' || data === undefined) throw new Error('This secret was not stored by Hookwatch.');
      const key = ring().find((one) => idOf(one) === id);
      if (!key)
        throw new Error(
          `A secret is encrypted under another key (${id}); SECRET_KEY must have the one it was stored with.`,
        );
      const bytes = Buffer.from(data, 'base64url');
      const iv = bytes.subarray(0, IV_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
        .setAAD(aad(place))
        .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      return (
        decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
      );
    },
    isCurrent: (sealed) => sealed.startsWith(`v1.${idOf(ring()[0]!)}.`),
  };
}
