import { custom } from './custom.js';
import type { Provider } from './provider.js';
import { splunk } from './splunk.js';

/** Every provider, in the order of the form; a new one is a line here. */
const registry = [splunk, custom] as const;

/** The kind of receiver a webhook delivers to. */
export type WebhookProvider = (typeof registry)[number]['id'];

const entries = registry.map((provider): [WebhookProvider, Provider] => [provider.id, provider]);

/** The providers by id. */
export const providers = Object.fromEntries(entries) as Record<WebhookProvider, Provider>;

/** The ids as an enum for GraphQL. */
export const WebhookProvider = Object.fromEntries(entries.map(([id]) => [id, id])) as {
  readonly [P in WebhookProvider]: P;
};
