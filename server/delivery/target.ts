import { providers, type WebhookProvider } from './providers/index.js';
import type { Provider, ProviderSettings } from './providers/provider.js';
import { createScrubber, type Scrubber } from './scrubber.js';

/** A webhook as a round needs it, as plain data: settings in clear. */
export interface TargetData {
  webhookId: string;
  version: number;
  /** When an old signing secret expires, in milliseconds since 1970; Infinity: only a change ends it. */
  validUntil: number;
  active: boolean;
  /** The path of the webhook's account: decides who sees its attempts live. */
  ownerPath: string;
  ownerId: string;
  providerId: WebhookProvider;
  settings: ProviderSettings;
  throttled: boolean;
}

/** The same, ready to send. */
export interface Target extends TargetData {
  provider: Provider;
  resolvedUrl: string;
  scrub: Scrubber;
}

/** Adds to a webhook's data what is made of them. */
export function createTarget(data: TargetData): Target {
  const provider = providers[data.providerId];
  return {
    ...data,
    provider,
    resolvedUrl: provider.resolveUrl(data.settings.targetUrl),
    scrub: createScrubber(data.settings),
  };
}

/** What a target was made of. */
export const dataOf = ({ provider: _, resolvedUrl: __, scrub: ___, ...data }: Target): TargetData => data;
