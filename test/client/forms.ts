import { newDraft, newHeaderRow } from '../../client/lib/webhook-draft.js';
import type {
  EventTypeInfo,
  FieldDraft,
  ProviderInfo,
  WebhookDraft,
} from '../../client/lib/webhook-draft.js';
import type { WebhookDetailsFragment, WebhookProvider } from '../../client/graphql/generated.js';

type FieldKind = ProviderInfo['fields'][number]['kind'];

const field = (name: string, kind: FieldKind) => ({
  ...{ name, label: name, kind, required: false, help: null, placeholder: null },
});

/** Two providers that together have every kind of field. */
export const providers: ProviderInfo[] = [
  {
    ...{ provider: 'SPLUNK', label: 'Splunk', description: '' },
    fields: [
      field('targetUrl', 'URL'),
      field('secretKey', 'SECRET'),
      field('splunk.index', 'TEXT'),
      field('splunk.batch', 'BOOLEAN'),
    ],
  },
  {
    ...{ provider: 'CUSTOM', label: 'Custom', description: '' },
    fields: [field('targetUrl', 'URL'), field('headers', 'HEADERS')],
  },
];

export const eventTypes: EventTypeInfo[] = (['NEW_SCRIPT', 'NEW_BEHAVIOR'] as const).map((type, index) => ({
  ...{ type, label: type, description: '', eventName: type, number: index + 1 },
  ...{ vendorVerified: true, sample: {} },
}));

/** A new draft of a provider, its fields filled with texts. */
export function draftWith(provider: WebhookProvider, texts: Record<string, string> = {}): WebhookDraft {
  const draft = newDraft(providers, provider, eventTypes);
  for (const [name, text] of Object.entries(texts)) Object.assign(fieldOf(draft, name), { text });
  return draft;
}

/** A field of the provider that the draft is for. */
export function fieldOf(draft: WebhookDraft, name: string): FieldDraft {
  const found = draft.fields[draft.provider]?.[name];
  if (!found) throw new Error(`No field ${name}`);
  return found;
}

/** The rows of the draft's headers. */
export function headerRows(draft: WebhookDraft) {
  const headers = fieldOf(draft, 'headers');
  if (headers.kind !== 'HEADERS') throw new Error('Not a field of headers');
  return headers.rows;
}

/** Adds rows to the draft's headers. */
export const addHeaders = (draft: WebhookDraft, ...lines: [name: string, value: string][]): void => {
  headerRows(draft).push(...lines.map(([name, value]) => newHeaderRow(name, value)));
};

/** A saved webhook as the API answers it. */
export const webhookOf = (webhook: Partial<WebhookDetailsFragment> = {}): WebhookDetailsFragment => ({
  ...{ id: 'whk_1', name: 'Main', provider: 'SPLUNK', version: 3, active: true, includeChildAccounts: false },
  ...{ eventTypes: ['NEW_SCRIPT'], targetUrl: 'https://splunk.example.com:8088', requestsPerSecond: null },
  resolvedUrl: 'https://splunk.example.com:8088/services/collector/event',
  account: { id: 'acc_1' },
  headers: [],
  secretKey: { isSet: true, lastFour: '1f2a' },
  signingSecret: { isSet: false, lastFour: null },
  splunk: {
    index: 'web',
    source: null,
    sourcetype: null,
    host: null,
    useAck: false,
    batch: true,
    gzip: false,
  },
  ...{ createdAt: '2025-01-29T13:28:36.000Z', updatedAt: '2025-01-29T13:28:36.000Z' },
  health: {
    ...{ state: 'HEALTHY', reason: null, hint: null, since: null, consecutiveFailures: 0 },
    ...{ autoDisableAt: null, heldDeliveries: 0, pendingDeliveries: 0, oldestPendingAt: null },
  },
  ...webhook,
});
