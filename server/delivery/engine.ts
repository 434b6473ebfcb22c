import { availableParallelism } from 'node:os';
import type { PrivateTarget } from '../config.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import type { Storage } from '../storage/data-source.js';
import { createAcknowledgments } from './acknowledgments.js';
import { createBatches, type RequestSize } from './batches.js';
import type { EgressGuard } from './egress-guard.js';
import { createHttpClient } from './http-client.js';
import { createQueue, type Queue } from './queue.js';
import { createRecorder, type RecordedAttempt, type Recorder } from './recorder.js';
import { createRetention } from './retention.js';
import { createReplayRunner } from './replay-runner.js';
import type { ReplayScope, ReplaySource } from './replay-source.js';
import { createReplaySources } from './replay-sources.js';
import { createRounds, unsent, type Rounds } from './round.js';
import { createSenders } from './senders.js';
import { createSettler } from './settler.js';
import { createTargets, type OpenSettings, type Targets } from './targets.js';
import { createWorker, type Worker } from './worker.js';

/** The settings of delivery.md, as configured. */
export interface EngineConfig {
  role: 'all' | 'api' | 'worker';
  retryScheduleMs: readonly number[];
  quickRetries: number;
  deliveryTimeoutMs: number;
  /** 0: requests are sent from the main thread; null: one less than there are cores, at most 4. */
  senderThreads: number | null;
  deliveryConcurrency: number;
  webhookConcurrency: number;
  batchMaxEvents: number;
  batchMaxBytes: number;
  ackPollMs: number;
  ackTimeoutMs: number;
  leaseMs: number;
  autoDisableAfterMs: number;
  gracePeriodMs: number;
  retentionDays: number;
  allowedPrivateTargets: readonly PrivateTarget[];
}

export interface EngineDeps {
  config: EngineConfig;
  storage: Storage;
  guard: EgressGuard;
  logger: Logger;
  metrics: Metrics;
  userAgent: string;
  openSettings: OpenSettings;
  onAttempts: (attempts: readonly RecordedAttempt[]) => void;
}

/** All that delivers: the queue and what works on it. */
export interface Engine {
  queue: Queue;
  targets: Targets;
  rounds: Rounds;
  recorder: Recorder;
  worker: Worker;
  /** Tells of new work after its commit. */
  wake(webhookIds: string[]): void;
  /** What a replay makes deliveries of. */
  replaySourceOf(scope: ReplayScope): ReplaySource;
  /** Looks for replays that were begun or ended. */
  replaysChanged(): void;
  /** Looks for the work of a webhook that was just changed, and for what has to follow the change. */
  webhookChanged(): void;
  /** Starts to deliver, unless this process only serves the API. */
  start(): void;
  /** Ends rounds within the grace period, records them, gives back the rest. */
  dispose(): Promise<void>;
}

/** Idle connections of all threads, below the usual limit of open files. */
const MAX_KEPT_CONNECTIONS = 1_024;
/** One recorder keeps no more of them busy. */
const MOST_THREADS = 4;
const DAY_MS = 86_400_000;

export function createEngine({
  config,
  storage,
  guard,
  logger,
  metrics,
  userAgent,
  openSettings,
  onAttempts,
}: EngineDeps): Engine {
  const queue = createQueue({
    storage,
    leaseMs: config.leaseMs,
    autoDisableAfterMs: config.autoDisableAfterMs,
  });
  const targets = createTargets(storage, openSettings);
  const http = createHttpClient({ guard, timeoutMs: config.deliveryTimeoutMs });
  const recorder = createRecorder({
    storage,
    queue,
    logger,
    onRecorded: (attempts, rounds) => {
      for (const { attempt } of attempts) {
        logAttempt(logger, attempt);
        metrics.attempted(attempt);
      }
      for (const { next } of rounds) metrics.roundEnded(next.status);
      onAttempts(attempts);
      if (rounds.length > 0) worker.settled(rounds);
    },
  });
  const batches = createBatches({ maxEvents: config.batchMaxEvents, maxBytes: config.batchMaxBytes });
  const sending = {
    userAgent,
    scheduleMs: config.retryScheduleMs,
    ackTimeoutMs: config.ackTimeoutMs,
    quickRetries: config.quickRetries,
  };
  const wiring = {
    logError: (fields: object, message: string): void => logger.error(fields, message),
    findTarget: targets.find,
    onRetried: recorder.record,
    onTooLarge(webhookId: string, size: RequestSize) {
      const target = targets.lastFound(webhookId);
      if (target) batches.learnTooLarge(target, size);
    },
  };
  const rounds = createRounds({ ...sending, ...wiring, http });
  const threads = config.senderThreads ?? Math.min(MOST_THREADS, availableParallelism() - 1);
  const senders =
    threads === 0
      ? null
      : createSenders({
          ...{ ...wiring, threads },
          config: {
            ...sending,
            timeoutMs: config.deliveryTimeoutMs,
            allowedPrivateTargets: config.allowedPrivateTargets,
            maxKeptConnections: Math.ceil(MAX_KEPT_CONNECTIONS / threads),
          },
        });
  const worker: Worker = createWorker({
    queue,
    async send(deliveries) {
      const target = await targets.find(deliveries[0]!.webhookId);
      if (!target?.active) return deliveries.map((delivery) => unsent(delivery, target));
      // Events that go out together cost more to hand to a thread and back than to send.
      return (deliveries.length === 1 && senders ? senders : rounds).run(target, deliveries);
    },
    findManner: async (webhookId) => {
      const target = await targets.find(webhookId);
      return { limits: target && batches.limitsOf(target), throttled: target?.throttled ?? false };
    },
    logger,
    onFinished: recorder.finish,
    concurrency: config.deliveryConcurrency,
    webhookConcurrency: config.webhookConcurrency,
    leaseMs: config.leaseMs,
    shared: storage.dialect !== 'sqlite',
  });
  const retentionMs = config.retentionDays * DAY_MS;
  const retention = createRetention({ storage, logger, retentionMs });
  const acknowledgments = createAcknowledgments({
    ...{ storage, targets, http, logger, userAgent },
    pollEveryMs: config.ackPollMs,
    mostRounds: config.retryScheduleMs.length,
    onExpired: () => worker.nudge(),
  });
  function wake(webhookIds: string[]): void {
    queue
      .wake(webhookIds)
      .then(worker.nudge, (error: Error) => logger.error({ reason: error.message }, 'queue.wake_failed'));
  }

  function cutOff(): void {
    http.dispose();
    senders?.cutOff();
  }

  const replaySourceOf = createReplaySources({ storage, retentionMs });
  const replays = createReplayRunner({
    ...{ storage, logger, sourceOf: replaySourceOf },
    onEnqueuing: queue.wakeWithin,
    onEnqueued: wake,
  });
  const settler = createSettler({ storage, logger, onReleased: () => worker.nudge() });
  return {
    queue,
    targets,
    rounds,
    recorder,
    worker,
    wake,
    replaySourceOf,
    replaysChanged: replays.nudge,
    webhookChanged() {
      worker.nudge();
      settler.nudge();
    },
    start() {
      if (config.role === 'api') return;
      worker.start();
      replays.start();
      settler.start();
      retention.start();
      acknowledgments.start();
    },
    async dispose() {
      await retention.dispose();
      await replays.stop();
      await settler.stop();
      await acknowledgments.dispose();
      await worker.stop(config.gracePeriodMs, cutOff);
      await senders?.dispose();
      await recorder.dispose();
    },
  };
}

function logAttempt(logger: Logger, attempt: RecordedAttempt['attempt']): void {
  logger.info(
    {
      attemptId: attempt.id,
      deliveryId: attempt.deliveryId,
      webhookId: attempt.webhookId,
      number: attempt.number,
      outcome: attempt.outcome,
      httpStatus: attempt.httpStatus,
      errorClass: attempt.errorClass,
      totalMs: Math.round(attempt.totalMs),
      nextAttemptAt: attempt.nextAttemptAt,
    },
    'delivery.attempted',
  );
}
