import { createAccountService, type AccountService } from './accounts/account.service.js';
import { createAuditService, type AuditService } from './accounts/audit.service.js';
import { createMemberService, type MemberService } from './accounts/member.service.js';
import { createAuthService, type AuthService } from './auth/auth.service.js';
import { createAuthenticator, type Authenticator } from './auth/authenticator.js';
import { createInvitationService, type InvitationService } from './auth/invitation.service.js';
import { createMetricsAccess } from './auth/metrics-access.js';
import { createPasswords } from './auth/passwords.js';
import { createSessionService, type SessionService } from './auth/session.service.js';
import { createTokenService, type TokenService } from './auth/token.service.js';
import { version, type Config } from './config.js';
import { createAttemptLog } from './delivery/attempt-log.js';
import { createDeliveryService, type DeliveryService } from './delivery/delivery.service.js';
import { createEgressGuard } from './delivery/egress-guard.js';
import { createEngine, type Engine } from './delivery/engine.js';
import type { ProviderSettings } from './delivery/providers/provider.js';
import { cancelQueues, discardHeld, holdQueue, resumeQueue } from './delivery/queue-holds.js';
import { createQueueDepth, type QueueDepth } from './delivery/queue-depth.js';
import { createStatisticsService, type StatisticsService } from './delivery/statistics.service.js';
import { requireReplay } from './delivery/replay.resolver.js';
import { createReplayService, type ReplayService } from './delivery/replay.service.js';
import { createTestSender } from './delivery/test-sender.js';
import { createEventCatalogue, type EventCatalogue } from './events/event-schemas.js';
import { createEventService, type EventService } from './events/event.service.js';
import { createLiveFeed, type LiveFeed } from './live/feed.js';
import { createLiveRelay } from './live/relay.js';
import { createRenewal } from './live/renewal.js';
import { createReplayProgress, type ReplayProgress } from './live/replay-progress.js';
import { createWebhookHealthFeed, type WebhookHealthFeed } from './live/webhook-health.js';
import { createAttemptTopic } from './live/topics.js';
import type { Logger } from './observability/logger.js';
import type { Metrics, Readings } from './observability/metrics.js';
import { within } from './observability/within.js';
import type { Storage } from './storage/data-source.js';
import type { Webhook } from './storage/entities/webhook.js';
import { createHealthService, type HealthService } from './webhooks/health.js';
import { createWebhookService, type QueueControl, type WebhookService } from './webhooks/webhook.service.js';
import { openSettings } from './webhooks/webhook.settings.js';

/** Every part of a running Hookwatch, below HTTP and GraphQL. */
export interface Services {
  accounts: AccountService;
  audit: AuditService;
  auth: AuthService;
  authenticator: Authenticator;
  catalogue: EventCatalogue;
  deliveries: DeliveryService;
  engine: Engine;
  events: EventService;
  health: HealthService;
  invitations: InvitationService;
  live: LiveFeed;
  mayReadMetrics: (authorization: string | undefined) => Promise<boolean>;
  members: MemberService;
  metrics: Metrics;
  /** What /metrics asks at each scrape. */
  readings: () => Promise<Readings>;
  sessions: SessionService;
  replayProgress: ReplayProgress;
  webhookHealth: WebhookHealthFeed;
  replays: ReplayService;
  settingsOf: (webhook: Webhook) => ProviderSettings;
  statistics: StatisticsService;
  tokens: TokenService;
  webhooks: WebhookService;
}

/** How long the database may take to tell how much waits. */
const MEASURE_WITHIN_MS = 5_000;
const NOTHING_KNOWN = { pending: null, held: null, oldestDueMs: null };

/** Wires the services together: what one of them does to another goes through a callback named here. */
export function createServices(config: Config, storage: Storage, logger: Logger, metrics: Metrics): Services {
  const settingsOf = (webhook: Webhook): ProviderSettings => openSettings(webhook, storage.secrets);
  const catalogue = createEventCatalogue();
  const guard = createEgressGuard({ allowedPrivateTargets: config.allowedPrivateTargets });
  const topic = createAttemptTopic();
  const relay = sharesAttempts(config)
    ? createLiveRelay({ topic, redisUrl: config.redisUrl, log: createAttemptLog(storage), logger })
    : null;
  const engine = createEngine({
    ...{ config, storage, guard, logger, metrics },
    userAgent: `Hookwatch/${version}`,
    openSettings: settingsOf,
    onAttempts: relay ? relay.publish : topic.publish,
  });
  const queued = { onEnqueuing: engine.queue.wakeWithin, onEnqueued: engine.wake };
  const deliveries = createDeliveryService({ storage, ...queued });
  const replays = createReplayService({
    storage,
    sourceOf: engine.replaySourceOf,
    onChanged: engine.replaysChanged,
  });
  const sendTest = createTestSender(engine);
  const depth = createQueueDepth(storage);
  const webhooks = createWebhookService({
    storage,
    checkUrl: guard.checkUrl,
    queue: queueControl(storage, depth),
    onChanged: engine.webhookChanged,
    sendTest: (draft, owner, type) =>
      sendTest(draft, owner, { type, body: catalogue.sampleBody(type, owner, new Date()) }),
  });
  const authenticator = createAuthenticator(storage);
  const onRevoked = authenticator.forget;
  const renew = createRenewal(authenticator.refresh);
  const passwords = createPasswords();
  const auth = createAuthService({ storage, passwords, onRevoked });
  const health = createHealthService({
    ...{ storage, autoDisableAfterMs: config.autoDisableAfterMs },
    waitingOf: depth.of,
  });
  const tokens = createTokenService({ storage, onRevoked });
  return {
    accounts: createAccountService({
      storage,
      onChanged: authenticator.forget,
      countQueued: webhooks.countQueuedBelow,
      removeWebhooks: webhooks.removeAllOf,
      revokeTokens: tokens.revokeAllOf,
      onWebhooksRemoved: (ids) => ids.forEach(engine.webhookChanged),
    }),
    audit: createAuditService(storage),
    auth,
    authenticator,
    catalogue,
    deliveries,
    engine,
    events: createEventService({ storage, catalogue, logger, metrics, ...queued }),
    invitations: createInvitationService({
      ...{ storage, passwords, verify: auth.verify, onJoined: authenticator.forget },
    }),
    health,
    live: createLiveFeed({
      ...{ topic, relay, renew },
      readAttempts: deliveries.attemptsAfter,
    }),
    mayReadMetrics: createMetricsAccess(storage, authenticator),
    members: createMemberService({ storage, onChanged: authenticator.forget }),
    metrics,
    readings: async () => ({
      ...(await within(MEASURE_WITHIN_MS, depth.ofAll()).catch(() => NOTHING_KNOWN)),
      ...engine.worker.load(),
      liveSubscribers: topic.subscriberCount(),
    }),
    sessions: createSessionService({ storage, onRevoked }),
    replayProgress: createReplayProgress({
      find: (access, id) => requireReplay(replays, access, id, 'READ'),
      renew,
    }),
    replays,
    webhookHealth: createWebhookHealthFeed({
      standings: health.standings,
      find: webhooks.find,
      renew,
    }),
    settingsOf,
    statistics: createStatisticsService(storage),
    tokens,
    webhooks,
  };
}

/** Whether other processes record attempts that the viewers of this one want to see. */
const sharesAttempts = ({ redisUrl, role }: Config): boolean => redisUrl !== null || role === 'api';

const queueControl = (storage: Storage, depth: QueueDepth): QueueControl => ({
  hold: async (manager, id) => {
    await holdQueue(storage, manager, id, { reason: 'INACTIVE', errorClass: null, hint: null });
  },
  resume: (manager, id) => resumeQueue(storage, manager, id),
  discard: (manager, id) => discardHeld(storage, manager, id),
  cancel: (manager, ids) => cancelQueues(storage, manager, ids),
  async countWaiting(ids) {
    let count = 0;
    for (const id of ids) {
      const { pending, held } = await depth.of(id);
      count += pending + held;
    }
    return count;
  },
});
