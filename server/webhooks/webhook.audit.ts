import type { ProviderSettings } from '../delivery/providers/provider.js';
import { differences } from '../storage/audit.js';
import type { Stored } from './webhook.draft.js';

/** What the audit log says of a change: all settings, but of secrets only that they were set, cleared or replaced. */
export function auditedChanges(before: Stored | null, after: Stored): Record<string, unknown> | null {
  const plain = differences(before ? shown(before) : {}, shown(after));
  const changes = {
    ...plain,
    ...secretChange('secretKey', before?.settings.secretKey ?? null, after.settings.secretKey),
    ...headerChanges(before?.settings.headers ?? [], after.settings.headers),
  };
  return Object.keys(changes).length > 0 ? changes : null;
}

const shown = ({ webhook, settings }: Stored): Record<string, unknown> => ({
  name: webhook.name,
  provider: webhook.provider,
  targetUrl: webhook.targetUrl,
  active: webhook.active,
  includeChildAccounts: webhook.includeChildAccounts,
  eventTypes: webhook.eventTypes,
  requestsPerSecond: webhook.requestsPerSecond,
  splunk: settings.splunk,
  headers: settings.headers.map(({ name }) => name),
});

function secretChange(field: string, before: string | null, after: string | null): Record<string, string> {
  if (before === after) return {};
  if (after === null) return { [field]: 'cleared' };
  return { [field]: before === null ? 'set' : 'replaced' };
}

/** The names of headers whose value is another one now. */
function headerChanges(
  before: ProviderSettings['headers'],
  after: ProviderSettings['headers'],
): Record<string, string[]> {
  const old = new Map(before.map(({ name, value }) => [name.toLowerCase(), value]));
  const replaced = after
    .filter(({ name, value }) => old.has(name.toLowerCase()) && old.get(name.toLowerCase()) !== value)
    .map(({ name }) => name);
  return replaced.length > 0 ? { headerValuesReplaced: replaced } : {};
}
