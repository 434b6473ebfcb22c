import type {
  EventType,
  FormCatalogueQuery,
  SaveWebhookInput,
  WebhookDetailsFragment,
  WebhookProvider,
} from '../graphql/generated.js';

export type ProviderInfo = FormCatalogueQuery['webhookProviders'][number];
export type ProviderField = ProviderInfo['fields'][number];
export type EventTypeInfo = FormCatalogueQuery['eventTypes'][number];
export type SecretInfo = WebhookDetailsFragment['secretKey'];

export interface HeaderDraft {
  /** Identity of the row while it moves. */
  key: number;
  name: string;
  value: string;
  /** The header as saved, whose value the server keeps until another is entered; null for a new row. */
  stored: { name: string; lastFour: string | null } | null;
  /** The saved value is to be replaced by `value`. */
  replacing: boolean;
}

export interface SecretDraft {
  kind: 'SECRET';
  stored: SecretInfo | null;
  replacing: boolean;
  text: string;
}

export type FieldDraft =
  | { kind: 'URL' | 'TEXT'; text: string }
  /** Null: not touched yet, the server's default applies. */
  | { kind: 'BOOLEAN'; checked: boolean | null }
  | SecretDraft
  | { kind: 'HEADERS'; rows: HeaderDraft[] };

/** What the form edits. Each provider has its own fields, so that switching keeps what was typed. */
export interface WebhookDraft {
  name: string;
  provider: WebhookProvider;
  active: boolean;
  includeChildAccounts: boolean;
  eventTypes: EventType[];
  requestsPerSecond: number | null;
  fields: Partial<Record<WebhookProvider, Record<string, FieldDraft>>>;
}

let lastKey = 0;

/** A header row that is not saved yet. */
export const newHeaderRow = (name = '', value = ''): HeaderDraft => ({
  key: ++lastKey,
  name,
  value,
  stored: null,
  replacing: false,
});

const valueAt = (source: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], source);

/** True if two inputs have the same value at an error's path. */
export const isSameAt = (a: unknown, b: unknown, path: readonly string[]): boolean =>
  JSON.stringify(valueAt(a, path.join('.'))) === JSON.stringify(valueAt(b, path.join('.')));

function fieldDraft(field: ProviderField, webhook?: WebhookDetailsFragment): FieldDraft {
  const saved = webhook && valueAt(webhook, field.name);
  switch (field.kind) {
    case 'BOOLEAN':
      return { kind: 'BOOLEAN', checked: typeof saved === 'boolean' ? saved : null };
    case 'SECRET': {
      const stored = (saved as SecretInfo | undefined) ?? null;
      return { kind: 'SECRET', stored: stored?.isSet ? stored : null, replacing: false, text: '' };
    }
    case 'HEADERS': {
      const headers = (saved as WebhookDetailsFragment['headers'] | undefined) ?? [];
      const rows = headers.map(({ name, value }) => ({
        ...newHeaderRow(name),
        stored: { name, lastFour: value.lastFour },
      }));
      return { kind: 'HEADERS', rows };
    }
    case 'URL':
    case 'TEXT':
      return { kind: field.kind, text: typeof saved === 'string' ? saved : '' };
  }
}

const fieldDrafts = (info: ProviderInfo, webhook?: WebhookDetailsFragment) =>
  Object.fromEntries(info.fields.map((field) => [field.name, fieldDraft(field, webhook)]));

/** The draft of a new webhook: active, all event types. */
export function newDraft(
  providers: readonly ProviderInfo[],
  provider: WebhookProvider,
  eventTypes: readonly EventTypeInfo[],
): WebhookDraft {
  return {
    name: '',
    provider,
    active: true,
    includeChildAccounts: false,
    eventTypes: eventTypes.map((info) => info.type),
    requestsPerSecond: null,
    fields: Object.fromEntries(providers.map((info) => [info.provider, fieldDrafts(info)])),
  };
}

/** The draft of a saved webhook; the fields of the other providers are empty. */
export function draftOf(webhook: WebhookDetailsFragment, providers: readonly ProviderInfo[]): WebhookDraft {
  const { name, provider, active, includeChildAccounts, eventTypes, requestsPerSecond } = webhook;
  const fields = providers.map((info) => [
    info.provider,
    fieldDrafts(info, info.provider === provider ? webhook : undefined),
  ]);
  return {
    name,
    provider,
    active,
    includeChildAccounts,
    eventTypes: [...eventTypes],
    requestsPerSecond,
    fields: Object.fromEntries(fields) as WebhookDraft['fields'],
  };
}

/** True if the row still stands for its saved header, whose value the server keeps. */
export const keepsStoredValue = (row: HeaderDraft): boolean =>
  row.stored !== null && !row.replacing && row.name.trim().toLowerCase() === row.stored.name.toLowerCase();

/** The rows that are sent, in order: an error's index counts these. Rows left blank are not. */
export const sentHeaderRows = (rows: readonly HeaderDraft[]): HeaderDraft[] =>
  rows.filter((row) => row.name.trim() !== '' || row.value !== '' || keepsStoredValue(row));

function fieldInput(draft: FieldDraft): unknown {
  switch (draft.kind) {
    case 'BOOLEAN':
      return draft.checked ?? undefined;
    case 'SECRET':
      return draft.stored && !draft.replacing ? undefined : draft.text.trim();
    case 'HEADERS':
      return sentHeaderRows(draft.rows).map((row) =>
        keepsStoredValue(row) ? { name: row.name.trim() } : { name: row.name.trim(), value: row.value },
      );
    case 'URL':
      return draft.text.trim();
    case 'TEXT':
      return draft.text.trim() === '' ? null : draft.text.trim();
  }
}

function setAt(target: Record<string, unknown>, path: string, value: unknown): void {
  const [first = '', ...rest] = path.split('.');
  if (rest.length === 0) {
    if (value !== undefined) target[first] = value;
    return;
  }
  const inner = (target[first] ??= {}) as Record<string, unknown>;
  setAt(inner, rest.join('.'), value);
}

/** The API's input for a draft, without the ids; saved secrets that stay are omitted. */
export function toSaveInput(draft: WebhookDraft): SaveWebhookInput {
  const { name, provider, active, includeChildAccounts, eventTypes, requestsPerSecond } = draft;
  const input: Record<string, unknown> = {
    name: name.trim(),
    provider,
    active,
    includeChildAccounts,
    eventTypes,
    requestsPerSecond,
  };
  for (const [path, field] of Object.entries(draft.fields[provider] ?? {})) {
    setAt(input, path, fieldInput(field));
  }
  return input;
}

/** Asks for every secret again: what the server demands when the target's origin changes. */
export function replaceSecrets(draft: WebhookDraft): void {
  for (const field of Object.values(draft.fields[draft.provider] ?? {})) {
    if (field.kind === 'SECRET' && field.stored) field.replacing = true;
    if (field.kind === 'HEADERS') for (const row of field.rows) row.replacing = row.stored !== null;
  }
}

/** Equal texts mean equal drafts; typed secrets count, row identities and the order of event types do not. */
export const fingerprint = (draft: WebhookDraft): string =>
  JSON.stringify({ ...toSaveInput(draft), eventTypes: [...draft.eventTypes].sort() });

/** A deep copy, of a reactive draft too. */
export const copyDraft = (draft: WebhookDraft): WebhookDraft =>
  JSON.parse(JSON.stringify(draft)) as WebhookDraft;
