import type { ProviderSettings } from '../../../server/delivery/providers/provider.js';
import type { UserErrorItem } from '../../../server/errors.js';
import { Webhook } from '../../../server/storage/entities/webhook.js';
import {
  draftWebhook,
  type Draft,
  type DraftRules,
  type Stored,
} from '../../../server/webhooks/webhook.draft.js';
import type { SaveWebhookInput } from '../../../server/webhooks/webhook.input.js';

/** The settings of a Splunk webhook that sets none. */
export const splunkDefaults: ProviderSettings['splunk'] = {
  ...{ index: null, source: null, sourcetype: null, host: null, useAck: false, batch: true, gzip: false },
};

/** An account without children, in a world where 10.0.0.0/8 is private. */
const rules: DraftRules = {
  hasChildren: false,
  checkUrl: (url) => (url.includes('//10.') ? { allowed: false, reason: 'Private.' } : { allowed: true }),
};

/** A webhook as it is stored, with its settings in clear. */
export function storedWebhook(webhook: Partial<Webhook>, settings: Partial<ProviderSettings>): Stored {
  const targetUrl = webhook.targetUrl ?? '';
  return {
    webhook: Object.assign(new Webhook(), {
      ...{ id: 'whk_1', name: 'Stored', active: true, includeChildAccounts: false },
      ...{ eventTypes: ['NEW_SCRIPT'], requestsPerSecond: 5, version: 3, ...webhook },
    }),
    settings: {
      ...{ targetUrl, secretKey: null, headers: [], signingSecrets: [], splunk: splunkDefaults },
      ...settings,
    },
  };
}

/** Stored Splunk and Custom webhooks. */
export const splunk = storedWebhook(
  { provider: 'SPLUNK', targetUrl: 'splunk.example.com:8088' },
  { secretKey: 'stored-token', splunk: { ...splunkDefaults, index: 'main', host: 'edge' } },
);
export const custom = storedWebhook(
  { provider: 'CUSTOM', targetUrl: 'https://hooks.example.com/a' },
  { headers: [{ name: 'X-Key', value: 'stored-value' }], signingSecrets: ['whsec_c2VjcmV0'] },
);
/** The least that makes a Splunk or a Custom webhook. */
export const newSplunk: SaveWebhookInput = {
  ...{ provider: 'SPLUNK', targetUrl: 'https://splunk.example.com', secretKey: 'token' },
};
export const newCustom: SaveWebhookInput = { provider: 'CUSTOM', targetUrl: 'https://hooks.example.com/' };

/** Why an input is refused; empty: it is accepted. */
export function errorsOf(input: SaveWebhookInput, stored: Stored | null): UserErrorItem[] {
  const drafted = draftWebhook(input, stored, rules);
  return 'userErrors' in drafted ? drafted.userErrors : [];
}

/** The draft of an input that must be accepted. */
export function draftOf(
  input: SaveWebhookInput,
  stored: Stored | null,
  changes: Partial<DraftRules> = {},
): Draft {
  const drafted = draftWebhook(input, stored, { ...rules, ...changes });
  if ('userErrors' in drafted) throw new Error(JSON.stringify(drafted.userErrors));
  return drafted;
}

/** An error in two words: `path CODE`. */
export const short = ({ path, code }: UserErrorItem): string => `${path.join('.')} ${code}`;
