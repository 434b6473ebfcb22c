import { providers, type WebhookProvider } from '../delivery/providers/index.js';
import type { ProviderSettings } from '../delivery/providers/provider.js';
import type { UserErrorCode, UserErrorItem } from '../errors.js';
import { eventTypes, type EventType } from '../events/event-types.js';
import { Webhook } from '../storage/entities/webhook.js';
import { checkHeaders } from './header-rules.js';
import type { SaveWebhookInput, WebhookHeaderInput } from './webhook.input.js';
import { parseUrl } from '../url.js';

/** A webhook as it would be saved, with its settings still in clear. */
export interface Draft {
  webhook: Webhook;
  settings: ProviderSettings;
  /** Whether where or how it sends differs from what is stored. */
  connectionChanged: boolean;
}

/** What a draft starts from: nothing, or a stored webhook with its settings in clear. */
export interface Stored {
  webhook: Webhook;
  settings: ProviderSettings;
}

/** What the rules need to know of the world. */
export interface DraftRules {
  hasChildren: boolean;
  checkUrl: (url: string) => { allowed: true } | { allowed: false; reason: string };
}

const MAX_NAME = 100;
const MAX_URL = 2048;
const MAX_SETTING = 255;
const MAX_REQUESTS_PER_SECOND = 10_000;
const MIN_REQUESTS_PER_SECOND = 0.01;

/** Control characters, and halves of surrogate pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;

type Report = (path: string[], code: UserErrorCode, message: string) => void;

/** Applies an input to what is stored, checking every rule; answers all errors at once. */
export function draftWebhook(
  input: SaveWebhookInput,
  stored: Stored | null,
  rules: DraftRules,
): Draft | { userErrors: UserErrorItem[] } {
  const userErrors: UserErrorItem[] = [];
  const report: Report = (path, code, message) => userErrors.push({ path, code, message });
  const providerId = input.provider ?? stored?.webhook.provider;
  if (!providerId) {
    report(['provider'], 'REQUIRED', 'Choose a provider: SPLUNK or CUSTOM.');
    return { userErrors };
  }
  const targetUrl =
    (input.targetUrl === undefined ? stored?.webhook.targetUrl : input.targetUrl)?.trim() ?? '';
  userErrors.push(...checkTarget(providerId, targetUrl, rules.checkUrl));
  const moved =
    stored !== null &&
    userErrors.length === 0 &&
    originOf(stored.settings.targetUrl, stored.webhook.provider) !== originOf(targetUrl, providerId);
  const settings: ProviderSettings = {
    targetUrl,
    secretKey: checkSecretKey(input, stored, providerId, moved, report),
    headers: checkHeaderInput(input, stored, providerId, moved, report),
    signingSecrets: stored?.settings.signingSecrets ?? [],
    splunk: checkSplunk(input, stored, report),
  };
  const webhook = Object.assign(
    new Webhook(),
    stored?.webhook ?? { active: true, includeChildAccounts: false },
    {
      provider: providerId,
      targetUrl,
      name: checkName(input, stored, providerId, report),
      eventTypes: checkEventTypes(input, stored, report),
      requestsPerSecond: checkRate(input, stored, report),
    },
  );
  if (input.active != null) webhook.active = input.active;
  if (input.includeChildAccounts && !webhook.includeChildAccounts && !rules.hasChildren)
    report(
      ['includeChildAccounts'],
      'NO_CHILD_ACCOUNTS',
      'This account has no child accounts whose messages could be sent.',
    );
  if (input.includeChildAccounts != null) webhook.includeChildAccounts = input.includeChildAccounts;
  if (userErrors.length > 0) return { userErrors };
  return {
    webhook,
    settings,
    connectionChanged: JSON.stringify(settings) !== JSON.stringify(stored?.settings),
  };
}

function originOf(targetUrl: string, provider: WebhookProvider): string {
  const resolved = providers[provider].resolveUrl(targetUrl);
  return parseUrl(resolved)?.origin ?? resolved;
}

function checkName(
  input: SaveWebhookInput,
  stored: Stored | null,
  provider: WebhookProvider,
  report: Report,
): string {
  if (input.name == null) return stored?.webhook.name ?? providers[provider].label;
  const name = input.name.trim();
  if (name === '') report(['name'], 'REQUIRED', 'Give the webhook a name.');
  if (name.length > MAX_NAME)
    report(['name'], 'TOO_LONG', `The name may have at most ${MAX_NAME} characters.`);
  if (UNPRINTABLE.test(name)) report(['name'], 'INVALID', 'A name has no control characters.');
  return name;
}

/** Says what keeps a target URL from being saved. */
export function checkTarget(
  provider: WebhookProvider,
  targetUrl: string,
  checkUrl: DraftRules['checkUrl'],
): UserErrorItem[] {
  const text = targetUrl.trim();
  const wrong = (code: UserErrorCode, message: string): UserErrorItem[] => [
    { path: ['targetUrl'], code, message },
  ];
  if (text === '') return wrong('REQUIRED', 'Enter the URL that events are sent to.');
  if (text.length > MAX_URL) return wrong('TOO_LONG', `The URL may have at most ${MAX_URL} characters.`);
  const resolved = providers[provider].resolveUrl(text);
  if (!parseUrl(resolved))
    return wrong('INVALID', 'This is no URL; it should look like https://hooks.example.com/path.');
  // As it was typed too: completing it drops what only serves to deceive, such as tabs and backslashes.
  for (const url of [resolved, /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `https://${text}`]) {
    const checked = checkUrl(url);
    if (!checked.allowed) return wrong('TARGET_NOT_ALLOWED', checked.reason);
  }
  return [];
}

const uses = (provider: WebhookProvider, field: string): boolean =>
  providers[provider].fields.some(({ name }) => name === field);

const requires = (provider: WebhookProvider, field: string): boolean =>
  providers[provider].fields.some(({ name, required }) => name === field && required);

function checkSecretKey(
  input: SaveWebhookInput,
  stored: Stored | null,
  provider: WebhookProvider,
  moved: boolean,
  report: Report,
): string | null {
  if (!uses(provider, 'secretKey')) {
    if (input.secretKey)
      report(['secretKey'], 'INVALID', `${providers[provider].label} takes no secret key.`);
    return null;
  }
  const kept = stored?.settings.secretKey ?? null;
  const secretKey = input.secretKey === undefined ? kept : input.secretKey?.trim() || null;
  if (input.secretKey === undefined && kept !== null && moved)
    report(
      ['secretKey'],
      'SECRET_REQUIRED',
      'The URL now leads to another server: enter the secret key again.',
    );
  else if (secretKey === null && requires(provider, 'secretKey'))
    report(['secretKey'], 'SECRET_REQUIRED', 'Enter the secret key.');
  if (secretKey !== null && !/^[\x20-\x7e]{1,1024}$/.test(secretKey))
    report(['secretKey'], 'INVALID', 'The secret key may have at most 1,024 printable ASCII characters.');
  return secretKey;
}

function checkHeaderInput(
  input: SaveWebhookInput,
  stored: Stored | null,
  provider: WebhookProvider,
  moved: boolean,
  report: Report,
): Array<{ name: string; value: string }> {
  if (!uses(provider, 'headers')) {
    if (input.headers?.length)
      report(['headers'], 'INVALID', `${providers[provider].label} takes no headers.`);
    return [];
  }
  const kept = stored?.settings.headers ?? [];
  if (input.headers === undefined) {
    if (moved && kept.length > 0)
      report(
        ['headers'],
        'SECRET_REQUIRED',
        'The URL now leads to another server: enter the headers’ values again.',
      );
    return kept;
  }
  const headers = (input.headers ?? []).map((header, index) => keepValue(header, index, kept, moved, report));
  for (const { index, field, code, message } of checkHeaders(headers))
    report(
      ['headers', ...(index === null ? [] : [String(index)]), ...(field === null ? [] : [field])],
      code,
      message,
    );
  return headers;
}

function keepValue(
  { name, value }: WebhookHeaderInput,
  index: number,
  kept: Array<{ name: string; value: string }>,
  moved: boolean,
  report: Report,
): { name: string; value: string } {
  if (value != null) return { name: name.trim(), value };
  const before = kept.find((header) => header.name.toLowerCase() === name.trim().toLowerCase());
  const message = before
    ? 'The URL now leads to another server: enter this value again.'
    : 'Enter a value: none is stored for this header.';
  if (!before || moved) report(['headers', String(index), 'value'], 'SECRET_REQUIRED', message);
  return { name: name.trim(), value: before?.value ?? '-' };
}

function checkSplunk(
  input: SaveWebhookInput,
  stored: Stored | null,
  report: Report,
): ProviderSettings['splunk'] {
  const before = stored?.settings.splunk ?? {
    index: null,
    source: null,
    sourcetype: null,
    host: null,
    useAck: false,
    batch: true,
    gzip: false,
  };
  const given = input.splunk ?? {};
  const text = (field: 'index' | 'source' | 'sourcetype' | 'host'): string | null => {
    const value = given[field];
    if (value === undefined) return before[field];
    if (value !== null && value.length > MAX_SETTING)
      report(['splunk', field], 'TOO_LONG', `At most ${MAX_SETTING} characters.`);
    if (value !== null && UNPRINTABLE.test(value.trim()))
      report(['splunk', field], 'INVALID', 'No control characters.');
    return value?.trim() || null;
  };
  return {
    index: text('index'),
    source: text('source'),
    sourcetype: text('sourcetype'),
    host: text('host'),
    useAck: given.useAck ?? before.useAck,
    batch: given.batch ?? before.batch,
    gzip: given.gzip ?? before.gzip,
  };
}

function checkEventTypes(input: SaveWebhookInput, stored: Stored | null, report: Report): EventType[] {
  if (input.eventTypes == null) return stored?.webhook.eventTypes ?? eventTypes.map(({ type }) => type);
  if (input.eventTypes.length === 0)
    report(
      ['eventTypes'],
      'REQUIRED',
      'Choose at least one type of events; to send none, switch the webhook off.',
    );
  return [...new Set(input.eventTypes)];
}

function checkRate(input: SaveWebhookInput, stored: Stored | null, report: Report): number | null {
  if (input.requestsPerSecond === undefined) return stored?.webhook.requestsPerSecond ?? null;
  const rate = input.requestsPerSecond;
  if (rate !== null && !(rate >= MIN_REQUESTS_PER_SECOND && rate <= MAX_REQUESTS_PER_SECOND))
    report(
      ['requestsPerSecond'],
      'INVALID',
      `From ${MIN_REQUESTS_PER_SECOND} to ${MAX_REQUESTS_PER_SECOND} requests per second, or empty for no limit.`,
    );
  return rate;
}
