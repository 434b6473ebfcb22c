import { In, IsNull, type EntityManager, type FindOptionsWhere, type SelectQueryBuilder } from 'typeorm';
import { providers, type WebhookProvider } from '../delivery/providers/index.js';
import { notFound, UserError } from '../errors.js';
import type { EventType } from '../events/event-types.js';
import { recordChange, type Actor } from '../storage/audit.js';
import { below } from '../storage/below.js';
import type { Storage } from '../storage/data-source.js';
import { Account } from '../storage/entities/account.js';
import type { Attempt } from '../storage/entities/attempt.js';
import type { AuditAction } from '../storage/entities/audit-entry.js';
import { QueueHead } from '../storage/entities/queue-head.js';
import { Webhook } from '../storage/entities/webhook.js';
import { createId } from '../storage/ids.js';
import { lockAccount } from '../storage/lock-account.js';
import { auditedChanges } from './webhook.audit.js';
import { draftWebhook, checkTarget, type Draft, type DraftRules, type Stored } from './webhook.draft.js';
import type { QueuedWork, SaveWebhookInput } from './webhook.input.js';
import { createSigningSecret, openSettings, sealSettings } from './webhook.settings.js';
import type { ResolvedTarget } from './webhook.view.js';

/** A saved webhook, with its signing secret when it was just made. */
export interface SavedWebhook {
  webhook: Webhook;
  signingSecret: string | null;
}

export interface RemovedWebhooks {
  webhookIds: string[];
  /** null: more than are cancelled at once; the rest follows. */
  cancelledDeliveries: number | null;
}

export interface WebhookService {
  find(id: string): Promise<Webhook | null>;
  /** The account's own webhooks, aliased `webhook`. */
  listOf(account: Account): SelectQueryBuilder<Webhook>;
  /** Completes and checks a target URL; says what would keep it from being saved. */
  resolveTarget(provider: WebhookProvider, targetUrl: string): ResolvedTarget;
  create(input: SaveWebhookInput, account: Account, by: Actor): Promise<SavedWebhook>;
  /** Changes a webhook; UserError CONFLICT when it is no longer at `expectedVersion`. */
  update(input: SaveWebhookInput, stored: Webhook, account: Account, by: Actor): Promise<SavedWebhook>;
  setActive(webhook: Webhook, active: boolean, queued: QueuedWork, by: Actor): Promise<Webhook>;
  /** Answers how many queued deliveries were cancelled. */
  remove(webhook: Webhook, by: Actor): Promise<number>;
  /** How many deliveries are queued for the webhooks of accounts at or below a path. */
  countQueuedBelow(path: string): Promise<number>;
  /** Deletes what deleted accounts have, inside their transaction; call `onChanged` for each after it. */
  removeAllOf(manager: EntityManager, accountIds: readonly string[]): Promise<RemovedWebhooks>;
  /** Makes a new signing secret; the old one also signs for another 24 hours. */
  rotateSigningSecret(webhook: Webhook, by: Actor): Promise<SavedWebhook>;
  /** Sends one sample with a draft's values, saved or not. */
  test(
    input: SaveWebhookInput,
    stored: Webhook | null,
    account: Account,
    type: EventType,
    by: Actor,
  ): Promise<Attempt>;
}

/** The queue of a webhook, as the changes of its settings move it; called inside their transaction. */
export interface QueueControl {
  hold(manager: EntityManager, webhookId: string): Promise<void>;
  resume(manager: EntityManager, webhookId: string): Promise<void>;
  /** Answers false where that has to wait for the end of an earlier change. */
  discard(manager: EntityManager, webhookId: string): Promise<boolean>;
  /** Answers how much was cancelled; null: more than is cancelled at once, the rest follows. */
  cancel(manager: EntityManager, webhookIds: readonly string[]): Promise<number | null>;
  countWaiting(webhookIds: readonly string[]): Promise<number>;
}

export interface WebhookServiceDeps {
  storage: Storage;
  checkUrl: DraftRules['checkUrl'];
  queue: QueueControl;
  /** Called after each committed change. */
  onChanged: (webhookId: string) => void;
  sendTest: (draft: Draft, owner: Account, type: EventType) => Promise<Attempt>;
}

/** Of one account: each of its events costs as many deliveries in one transaction. */
const MAX_WEBHOOKS = 100;
const OLD_SECRET_SIGNS_FOR_MS = 24 * 3_600_000;

export function createWebhookService(deps: WebhookServiceDeps): WebhookService {
  const { storage, queue } = deps;

  const opened = (webhook: Webhook): Stored => ({
    webhook,
    settings: openSettings(webhook, storage.secrets),
  });

  async function draft(input: SaveWebhookInput, before: Stored | null, account: Account): Promise<Draft> {
    const hasChildren = await storage.read.existsBy(Account, { parentId: account.id, deletedAt: IsNull() });
    const drafted = draftWebhook(input, before, { hasChildren, checkUrl: deps.checkUrl });
    if ('userErrors' in drafted) throw new UserError(drafted.userErrors);
    return drafted;
  }

  async function create(input: SaveWebhookInput, account: Account, by: Actor): Promise<SavedWebhook> {
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
      if (!(await lockAccount(storage, manager, account.id))) throw notFound('account');
      if ((await manager.countBy(Webhook, existingOf(account))) >= MAX_WEBHOOKS) throw tooMany();
      await manager.insert(Webhook, webhook);
      await manager.insert(QueueHead, {
        ...newHead(webhook),
        holdReason: webhook.active ? null : 'INACTIVE',
      });
      await record(manager, by, 'webhook.created', webhook, auditedChanges(null, { webhook, settings }));
    });
    deps.onChanged(webhook.id);
    return { webhook, signingSecret };
  }

  async function update(
    input: SaveWebhookInput,
    stored: Webhook,
    account: Account,
    by: Actor,
  ): Promise<SavedWebhook> {
    if ((input.expectedVersion ?? stored.version) !== stored.version) throw changedMeanwhile();
    const before = opened(stored);
    const { webhook, settings, connectionChanged } = await draft(input, before, account);
    sealSettings(webhook, settings, storage.secrets);
    const signingSecret = ensureSigningSecret(webhook);
    await change(webhook, stored.version, async (manager) => {
      const head = await manager.findOneByOrFail(QueueHead, { webhookId: webhook.id });
      await manager.update(QueueHead, { webhookId: webhook.id }, { intervalMs: intervalOf(webhook) });
      if (!webhook.active) {
        if (stored.active) await queue.hold(manager, webhook.id);
      } else if (connectionChanged || head.holdReason !== null) await queue.resume(manager, webhook.id);
      const changes = auditedChanges(before, { webhook, settings });
      await record(manager, by, 'webhook.updated', webhook, changes);
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
      if (affected === 0) throw changedMeanwhile();
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
    async setActive(stored, active, queued, by) {
      const webhook = Object.assign(new Webhook(), stored, { active });
      await change(webhook, stored.version, async (manager) => {
        if (!active) {
          await queue.hold(manager, webhook.id);
          return record(manager, by, 'webhook.deactivated', webhook);
        }
        if (queued === 'DISCARD' && !(await queue.discard(manager, webhook.id))) throw stillSettling();
        await queue.resume(manager, webhook.id);
        return record(manager, by, 'webhook.activated', webhook, { queued });
      });
      return webhook;
    },
    async remove(stored, by) {
      const webhook = Object.assign(new Webhook(), stored, gone());
      let cancelledDeliveries = await queue.countWaiting([webhook.id]);
      await change(webhook, stored.version, async (manager) => {
        cancelledDeliveries = (await queue.cancel(manager, [webhook.id])) ?? cancelledDeliveries;
        const changes = { name: webhook.name, cancelledDeliveries };
        await record(manager, by, 'webhook.deleted', webhook, changes);
      });
      return cancelledDeliveries;
    },
    async countQueuedBelow(path) {
      const { sql, parameters } = below('account.path', [path]);
      const webhooks = await storage.read
        .createQueryBuilder(Webhook, 'webhook')
        .innerJoin(Account, 'account', `account.id = webhook.accountId and ${sql}`, parameters)
        .where('webhook.deletedAt is null')
        .getMany();
      return queue.countWaiting(webhooks.map(({ id }) => id));
    },
    async removeAllOf(manager, accountIds) {
      const webhooks = await manager.findBy(Webhook, {
        accountId: In(accountIds),
        deletedAt: IsNull(),
      });
      const webhookIds = webhooks.map(({ id }) => id);
      await manager.update(Webhook, { id: In(webhookIds) }, { ...gone(), version: () => 'version + 1' });
      return { webhookIds, cancelledDeliveries: await queue.cancel(manager, webhookIds) };
    },
    async rotateSigningSecret(stored, by) {
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
      await change(webhook, stored.version, (manager) =>
        record(manager, by, 'webhook.signing_secret_rotated', webhook),
      );
      return { webhook, signingSecret };
    },
    async test(input, stored, account, type, by) {
      const drafted = await draft(input, stored && opened(stored), account);
      const { webhook } = drafted;
      if (!stored) Object.assign(webhook, { id: createId('whk'), accountId: account.id, version: 0 });
      const changes = { eventType: type, targetUrl: webhook.targetUrl };
      await storage.write((manager) => record(manager, by, 'webhook.tested', webhook, changes));
      return deps.sendTest(drafted, account, type);
    },
  };
}

const changedMeanwhile = (): UserError =>
  new UserError({
    path: ['expectedVersion'],
    code: 'CONFLICT',
    message: 'Somebody changed this webhook meanwhile: load it again and repeat your change.',
  });

const existingOf = ({ id }: Account): FindOptionsWhere<Webhook> => ({ accountId: id, deletedAt: IsNull() });

const tooMany = (): UserError =>
  new UserError({
    path: ['accountId'],
    code: 'TOO_MANY',
    message: `An account has at most ${MAX_WEBHOOKS} webhooks: delete one that is no longer needed.`,
  });

const stillSettling = (): UserError =>
  new UserError({
    path: ['queued'],
    code: 'IN_PROGRESS',
    message: 'What is queued is still being held: discard it in a moment.',
  });

/** A deleted webhook stays for its log, without its secrets. */
const gone = (): Partial<Webhook> => ({
  active: false,
  deletedAt: new Date(),
  secretKey: null,
  storedHeaders: [],
  signingSecret: null,
  previousSigningSecret: null,
});

const record = (
  manager: EntityManager,
  by: Actor,
  action: AuditAction,
  { id, accountId }: Webhook,
  changes: Record<string, unknown> | null = null,
): Promise<void> => recordChange(manager, by, { accountId, action, target: id, changes });

/** Milliseconds between the requests of a throttled webhook. */
const intervalOf = ({ requestsPerSecond }: Webhook): number | null =>
  requestsPerSecond === null ? null : 1000 / requestsPerSecond;

const newHead = (webhook: Webhook): Partial<QueueHead> => ({
  webhookId: webhook.id,
  nextDueAt: null,
  consecutiveFailures: 0,
  intervalMs: intervalOf(webhook),
});
