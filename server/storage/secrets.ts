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
  /** Throws when the text was sealed under another key, for another place, or changed since. */
  open(sealed: string, place: SecretPlace): string;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;
const aad = (place: SecretPlace): Buffer => Buffer.from(`${place.table}|${place.row}|${place.column}`);

/** AES-256-GCM with a random IV; sealed text reads `v1.<key id>.<base64url of IV, tag and ciphertext>`. */
export function createSecretBox(key: Buffer): SecretBox {
  const keyId = createHash('sha256').update(key).digest('hex').slice(0, 8);
  return {
    seal(plain, place) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad(place));
      const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return `v1.${keyId}.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')}`;
    },
    open(sealed, place) {
      const [scheme, id, data] = sealed.split('.');
      if (scheme !== 'v1' || data === undefined) throw new Error('This secret was not stored by Hookwatch.');
      if (id !== keyId)
        throw new Error(
          `A secret is encrypted under another key (${id}); SECRET_KEY must be the one it was stored with.`,
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
  };
}
