import type { Storage } from '../storage/data-source.js';
import { Account } from '../storage/entities/account.js';
import { Webhook } from '../storage/entities/webhook.js';
import { providers } from './providers/index.js';
import type { Provider, ProviderSettings } from './providers/provider.js';
import { createScrubber, type Scrubber } from './scrubber.js';

/** A webhook as a round needs it: settings in clear, ready to send. */
export interface Target {
  webhookId: string;
  version: number;
  active: boolean;
  /** The path of the webhook's account: decides who sees its attempts live. */
  ownerPath: string;
  ownerId: string;
  provider: Provider;
  settings: ProviderSettings;
  resolvedUrl: string;
  throttled: boolean;
  scrub: Scrubber;
}

/** Webhooks in clear, read again whenever their version has changed. */
export interface Targets {
  /** The webhook as saved last; null when it is deleted. Checked against the database at most `freshForMs` ago. */
  find(webhookId: string): Promise<Target | null>;
  /** Forgets a webhook that this process has just changed. */
  forget(webhookId: string): void;
}

/** Decrypts what a webhook is configured with. */
export type OpenSettings = (webhook: Webhook) => ProviderSettings;

interface Cached {
  target: Target | null;
  checkedAt: number;
}

/** Another worker's change is seen within this time; this process's own at once. */
const FRESH_FOR_MS = 50;

export function createTargets(storage: Storage, openSettings: OpenSettings): Targets {
  const cache = new Map<string, Cached>();
  const loading = new Map<string, Promise<Target | null>>();

  async function refresh(webhookId: string, cached: Cached | undefined): Promise<Target | null> {
    const startedAt = performance.now();
    const version = cached?.target ? await findVersion(storage, webhookId) : null;
    const target =
      cached?.target && cached.target.version === version
        ? cached.target
        : await load(storage, webhookId, openSettings);
    cache.set(webhookId, { target, checkedAt: startedAt });
    return target;
  }

  return {
    async find(webhookId) {
      const cached = cache.get(webhookId);
      if (cached && performance.now() - cached.checkedAt < FRESH_FOR_MS) return cached.target;
      const running = loading.get(webhookId);
      if (running) return running;
      const refreshed = refresh(webhookId, cached).finally(() => loading.delete(webhookId));
      loading.set(webhookId, refreshed);
      return refreshed;
    },
    forget(webhookId) {
      cache.delete(webhookId);
      loading.delete(webhookId);
    },
  };
}

async function findVersion(storage: Storage, webhookId: string): Promise<number | null> {
  const [row] = await storage.read.query<Array<{ version: number }>>(
    'select version from webhooks where id = ? and deleted_at is null',
    [webhookId],
  );
  return row?.version ?? null;
}

async function load(storage: Storage, webhookId: string, openSettings: OpenSettings): Promise<Target | null> {
  const webhook = await storage.read.findOneBy(Webhook, { id: webhookId });
  if (!webhook || webhook.deletedAt) return null;
  const owner = await storage.read.findOneBy(Account, { id: webhook.accountId });
  return owner && toTarget(webhook, owner, openSettings(webhook));
}

/** Makes a target of a webhook, saved or still a draft, and its settings in clear. */
export function toTarget(webhook: Webhook, owner: Account, settings: ProviderSettings): Target {
  const provider = providers[webhook.provider];
  return {
    webhookId: webhook.id,
    version: webhook.version,
    active: webhook.active,
    ownerId: owner.id,
    ownerPath: owner.path,
    provider,
    settings,
    resolvedUrl: provider.resolveUrl(webhook.targetUrl),
    throttled: webhook.requestsPerSecond !== null,
    scrub: createScrubber(settings),
  };
}
