import { inList } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';
import { Account } from '../storage/entities/account.js';
import { Webhook } from '../storage/entities/webhook.js';
import type { ProviderSettings } from './providers/provider.js';
import { createTarget, type Target } from './target.js';

/** Webhooks in clear, read again whenever their version has changed. */
export interface Targets {
  /** The webhook as saved last, by whichever process; null when it is deleted. */
  find(webhookId: string): Promise<Target | null>;
  /** The webhook as it was found last; null when it was deleted then, or never asked for. */
  lastFound(webhookId: string): Target | null;
}

/** Decrypts what a webhook is configured with. */
export type OpenSettings = (webhook: Webhook) => ProviderSettings;

/** One look into the database for all that was asked for before it began. */
interface Look {
  webhookIds: Set<string>;
  found: Promise<Map<string, Target | null>>;
}

/**
 * Each request asks here, so that a change applies to the very next one. Versions are compared in the database, by one
 * query at a time: what is asked for while one is under way goes into the next.
 */
export function createTargets(
  storage: Storage,
  openSettings: OpenSettings,
  now: () => number = Date.now,
): Targets {
  const cache = new Map<string, Target>();
  let next: Look | null = null;
  let idle: Promise<unknown> = Promise.resolve();

  function openLook(): Look {
    const webhookIds = new Set<string>();
    const found = idle.then(() => {
      next = null;
      return readAll([...webhookIds]);
    });
    idle = found.catch(() => undefined);
    return { webhookIds, found };
  }

  async function readAll(webhookIds: string[]): Promise<Map<string, Target | null>> {
    const versions = await findVersions(storage, webhookIds);
    const targets = await Promise.all(webhookIds.map((id) => read(id, versions.get(id))));
    return new Map(webhookIds.map((id, index) => [id, targets[index] ?? null]));
  }

  async function read(webhookId: string, version: number | undefined): Promise<Target | null> {
    const cached = cache.get(webhookId);
    if (cached && cached.version === version && now() < cached.validUntil) return cached;
    cache.delete(webhookId);
    const target = version === undefined ? null : await load(storage, webhookId, openSettings);
    if (target) cache.set(webhookId, target);
    return target;
  }

  return {
    async find(webhookId) {
      next ??= openLook();
      next.webhookIds.add(webhookId);
      return (await next.found).get(webhookId) ?? null;
    },
    lastFound: (webhookId) => cache.get(webhookId) ?? null,
  };
}

async function findVersions(storage: Storage, webhookIds: string[]): Promise<Map<string, number>> {
  const rows = await storage.read.query<Array<{ id: string; version: number }>>(
    `select id, version from webhooks where ${inList('id', webhookIds)} and deleted_at is null`,
    webhookIds,
  );
  return new Map(rows.map(({ id, version }) => [id, version]));
}

async function load(storage: Storage, webhookId: string, openSettings: OpenSettings): Promise<Target | null> {
  const webhook = await storage.read.findOneBy(Webhook, { id: webhookId });
  if (!webhook || webhook.deletedAt) return null;
  const owner = await storage.read.findOneBy(Account, { id: webhook.accountId });
  return owner && toTarget(webhook, owner, openSettings(webhook));
}

/** Makes a target of a webhook, saved or still a draft, and its settings in clear. */
export function toTarget(webhook: Webhook, owner: Account, settings: ProviderSettings): Target {
  return createTarget({
    webhookId: webhook.id,
    version: webhook.version,
    validUntil:
      (settings.signingSecrets.length > 1 && webhook.previousSigningSecretUntil?.getTime()) || Infinity,
    active: webhook.active,
    ownerId: owner.id,
    ownerPath: owner.path,
    providerId: webhook.provider,
    settings,
    throttled: webhook.requestsPerSecond !== null,
  });
}
