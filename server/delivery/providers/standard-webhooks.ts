import { createHmac } from 'node:crypto';

/** Decoded keys by secret: every request of a webhook is signed with the same one or two. */
const keys = new Map<string, Buffer>();
const MAX_CACHED_KEYS = 10_000;

/** The key inside a `whsec_…` secret: base64 after the prefix. */
function keyOf(secret: string): Buffer {
  const known = keys.get(secret);
  if (known) return known;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  if (keys.size >= MAX_CACHED_KEYS) keys.clear();
  keys.set(secret, key);
  return key;
}

/**
 * The `webhook-signature` of a message: for each secret `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`,
 * separated by spaces (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 */
export function sign(secrets: readonly string[], id: string, timestamp: number, body: string): string {
  return secrets
    .map(
      (secret) =>
        `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
    )
    .join(' ');
}
