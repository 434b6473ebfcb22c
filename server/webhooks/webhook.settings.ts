import { randomBytes } from 'node:crypto';
import type { ProviderSettings } from '../delivery/providers/provider.js';
import type { Webhook } from '../storage/entities/webhook.js';
import type { SecretBox } from '../storage/secrets.js';

/** Decrypts what a webhook is configured with. */
export function openSettings(webhook: Webhook, secrets: SecretBox, now = Date.now()): ProviderSettings {
  const open = (sealed: string, column: string): string =>
    secrets.open(sealed, { table: 'webhooks', row: webhook.id, column });
  const stillValid = (webhook.previousSigningSecretUntil?.getTime() ?? 0) > now;
  return {
    targetUrl: webhook.targetUrl,
    secretKey: webhook.secretKey && open(webhook.secretKey, 'secret_key'),
    headers: webhook.storedHeaders.map(({ name, value }) => ({ name, value: open(value, 'headers') })),
    signingSecrets: [
      ...(webhook.signingSecret ? [open(webhook.signingSecret, 'signing_secret')] : []),
      ...(webhook.previousSigningSecret && stillValid
        ? [open(webhook.previousSigningSecret, 'previous_signing_secret')]
        : []),
    ],
    splunk: webhook.settings,
  };
}

/** Encrypts settings into the webhook they belong to; the signing secrets are not touched. */
export function sealSettings(webhook: Webhook, settings: ProviderSettings, secrets: SecretBox): void {
  const seal = (plain: string, column: string): string =>
    secrets.seal(plain, { table: 'webhooks', row: webhook.id, column });
  webhook.secretKey = settings.secretKey && seal(settings.secretKey, 'secret_key');
  webhook.storedHeaders = settings.headers.map(({ name, value }) => ({
    name,
    value: seal(value, 'headers'),
  }));
  webhook.settings = settings.splunk;
}

/** Makes a signing secret as Standard Webhooks writes it: `whsec_` and base64 of 32 bytes. */
export const createSigningSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
