import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { providers, type WebhookProvider } from '../delivery/providers/index.js';
import { UserError } from '../errors.js';
import type { EventType } from '../events/event-types.js';
import type { Storage } from '../storage/data-source.js';
import { Account } from '../storage/entities/account.js';
import type { Attempt } from '../storage/entities/attempt.js';
import { QueueHead } from '../storage/entities/queue-head.js';
import { Webhook } from '../storage/entities/webhook.js';
import { createId } from '../storage/ids.js';
import { draftWebhook, checkTarget, type Draft, type DraftRules } from './webhook.draft.js';
import type { QueuedWork, SaveWebhookInput } from './webhook.input.js';
import { createSigningSecret, openSettings, sealSettings } from './webhook.settings.js';
import type { ResolvedTarget } from './webhook.view.js';

/** A saved webhook, with its signing secret when it was just made. */
export interface SavedWebhook {
  webhook: Webhook;
  signingSecret: string | null;
}

export interface WebhookService {
  find(id: string): Promise<Webhook | null>;
  /** The account's own webhooks, aliased `webhook`. */
  listOf(account: Account): SelectQueryBuilder<Webhook>;
  /** Completes and checks a target URL; says what would keep it from being saved. */
  resolveTarget(provider: WebhookProvider, targetUrl: string): ResolvedTarget;
  create(input: SaveWebhookInput, account: Account): Promise<SavedWebhook>;
  /** Changes a webhook; UserError CONFLICT when it is no longer at `expectedVersion`. */
  update(input: SaveWebhookInput, stored: Webhook, account: Account): Promise<SavedWebhook>;
  setActive(webhook: Webhook, active: boolean, queued: QueuedWork): Promise<Webhook>;
  remove(webhook: Webhook): Promise<void>;
  /** Makes a new signing secret; the old one also signs for another 24 hours. */
  rotateSigningSecret(webhook: Webhook): Promise<SavedWebhook>;
  /** Sends one sample with a draft's values, saved or not. */
  test(input: SaveWebhookInput, stored: Webhook | null, account: Account, type: EventType): Promise<Attempt>;
}

/** The queue of a webhook, as the changes of its settings move it; called inside their transaction. */
export interface QueueControl {
  hold(manager: EntityManager, webhookId: string): Promise<void>;
  resume(manager: EntityManager, webhookId: string): Promise<void>;
  discard(manager: EntityManager, webhookId: string): Promise<void>;
  cancel(manager: EntityManager, webhookId: string): Promise<void>;
}

export interface WebhookServiceDeps {
  storage: Storage;
  checkUrl: DraftRules['checkUrl'];
  queue: QueueControl;
  /** Called after each committed change. */
  onChanged: (webhookId: string) => void;
  sendTest: (draft: Draft, owner: Account, type: EventType) => Promise<Attempt>;
}

const OLD_SECRET_SIGNS_FOR_MS = 24 * 3_600_000;

export function createWebhookService(deps: WebhookServiceDeps): WebhookService {
  const { storage, queue } = deps;

  async function draft(input: SaveWebhookInput, stored: Webhook | null, account: Account): Promise<Draft> {
    const hasChildren = await storage.read.existsBy(Account, { parentId: account.id });
    const before = stored && { webhook: stored, settings: openSettings(stored, storage.secrets) };
    const drafted = draftWebhook(input, before, { hasChildren, checkUrl: deps.checkUrl });
    if ('userErrors' in drafted) throw new UserError(drafted.userErrors);
    return drafted;
  }

  async function create(input: SaveWebhookInput, account: Account): Promise<SavedWebhook> {
    const { webhook, settings } = await draft(input, null, account);
    const now = new Date();
    Object.assign(webhook, {
      id: createId('whk'),
      accountId: account.id,
      version: 1,
      createdAt: now,
      updatedAt: now,
    });
    sealSettings(webhook, settings, storage.secrets);
    const signingSecret = ensureSigningSecret(webhook);
    await storage.write(async (manager) => {
      await manager.insert(Webhook, webhook);
      await manager.insert(QueueHead, {
        ...newHead(webhook),
        holdReason: webhook.active ? null : 'INACTIVE',
      });
    });
    deps.onChanged(webhook.id);
    return { webhook, signingSecret };
  }

  async function update(input: SaveWebhookInput, stored: Webhook, account: Account): Promise<SavedWebhook> {
    const { webhook, settings, connectionChanged } = await draft(input, stored, account);
    sealSettings(webhook, settings, storage.secrets);
    const signingSecret = ensureSigningSecret(webhook);
    await change(webhook, input.expectedVersion ?? stored.version, async (manager) => {
      const head = await manager.findOneByOrFail(QueueHead, { webhookId: webhook.id });
      await manager.update(QueueHead, { webhookId: webhook.id }, { intervalMs: intervalOf(webhook) });
      if (!webhook.active) {
        if (stored.active) await queue.hold(manager, webhook.id);
      } else if (connectionChanged || head.holdReason !== null) await queue.resume(manager, webhook.id);
    });
    return { webhook, signingSecret };
  }

  /** Writes a webhook if nobody has changed it since `version`. */
  async function change(
    webhook: Webhook,
    version: number,
    alsoWrite: (manager: EntityManager) => Promise<void>,
  ): Promise<void> {
    Object.assign(webhook, { version: version + 1, updatedAt: new Date() });
    await storage.write(async (manager) => {
      const { affected } = await manager.update(Webhook, { id: webhook.id, version }, { ...webhook });
      if (affected === 0)
        throw new UserError({
          path: ['expectedVersion'],
          code: 'CONFLICT',
          message: 'Somebody changed this webhook meanwhile: load it again and repeat your change.',
        });
      await alsoWrite(manager);
    });
    deps.onChanged(webhook.id);
  }

  /** A webhook whose provider signs gets a secret once; the caller shows it, this once. */
  function ensureSigningSecret(webhook: Webhook): string | null {
    if (!providers[webhook.provider].signs || webhook.signingSecret) return null;
    const secret = createSigningSecret();
    webhook.signingSecret = sealSigning(webhook, secret, 'signing_secret');
    return secret;
  }

  const sealSigning = (webhook: Webhook, secret: string, column: string): string =>
    storage.secrets.seal(secret, { table: 'webhooks', row: webhook.id, column });

  return {
    find: (id) => storage.read.findOneBy(Webhook, { id }).then((found) => (found?.deletedAt ? null : found)),
    listOf: (account) =>
      storage.read
        .createQueryBuilder(Webhook, 'webhook')
        .where('webhook.accountId = :accountId and webhook.deletedAt is null', { accountId: account.id }),
    resolveTarget(provider, targetUrl) {
      const userErrors = checkTarget(provider, targetUrl, deps.checkUrl);
      return {
        resolvedUrl: userErrors.length > 0 ? null : providers[provider].resolveUrl(targetUrl.trim()),
        userErrors,
      };
    },
    create,
    update,
    async setActive(stored, active, queued) {
      const webhook = Object.assign(new Webhook(), stored, { active });
      await change(webhook, stored.version, async (manager) => {
        if (!active) return queue.hold(manager, webhook.id);
        if (queued === 'DISCARD') await queue.discard(manager, webhook.id);
        return queue.resume(manager, webhook.id);
      });
      return webhook;
    },
    async remove(stored) {
      const gone = {
        deletedAt: new Date(),
        secretKey: null,
        storedHeaders: [],
        signingSecret: null,
        previousSigningSecret: null,
      };
      const webhook = Object.assign(new Webhook(), stored, { ...gone, active: false });
      await change(webhook, stored.version, (manager) => queue.cancel(manager, webhook.id));
    },
    async rotateSigningSecret(stored) {
      const webhook = Object.assign(new Webhook(), stored);
      if (!providers[webhook.provider].signs)
        throw new UserError({
          path: ['id'],
          code: 'INVALID',
          message: `${providers[webhook.provider].label} webhooks are not signed.`,
        });
      const [previous] = openSettings(stored, storage.secrets).signingSecrets;
      const signingSecret = createSigningSecret();
      webhook.signingSecret = sealSigning(webhook, signingSecret, 'signing_secret');
      webhook.previousSigningSecret = previous
        ? sealSigning(webhook, previous, 'previous_signing_secret')
        : null;
      webhook.previousSigningSecretUntil = new Date(Date.now() + OLD_SECRET_SIGNS_FOR_MS);
      await change(webhook, stored.version, async () => undefined);
      return { webhook, signingSecret };
    },
    async test(input, stored, account, type) {
      const drafted = await draft(input, stored, account);
      if (!stored) Object.assign(drafted.webhook, { id: createId('whk'), accountId: account.id, version: 0 });
      return deps.sendTest(drafted, account, type);
    },
  };
}

/** Milliseconds between the requests of a throttled webhook. */
const intervalOf = ({ requestsPerSecond }: Webhook): number | null =>
  requestsPerSecond === null ? null : 1000 / requestsPerSecond;

const newHead = (webhook: Webhook): Partial<QueueHead> => ({
  webhookId: webhook.id,
  nextDueAt: null,
  consecutiveFailures: 0,
  intervalMs: intervalOf(webhook),
});
