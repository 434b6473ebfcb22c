import { setImmediate as turn } from 'node:timers/promises';
import type { BatchRunner } from '../../server/delivery/batch-runner.js';
import { createQueue } from '../../server/delivery/queue.js';
import { createReplayRunner } from '../../server/delivery/replay-runner.js';
import { createReplayService, type ReplayService } from '../../server/delivery/replay.service.js';
import { createReplaySources } from '../../server/delivery/replay-sources.js';
import { createLogger } from '../../server/observability/logger.js';
import type { Storage } from '../../server/storage/data-source.js';
import type { Replay } from '../../server/storage/entities/replay.js';

/** What a test's queue is like. */
export const QUEUE = { leaseMs: 60_000, autoDisableAfterMs: 5 * 86_400_000 };
const RETENTION_MS = 30 * 86_400_000;

/** Replays on a database, and the workers' runners that make their deliveries. */
export interface Replaying {
  replays: ReplayService;
  sourceOf: ReturnType<typeof createReplaySources>;
  /** Starts a worker's runner, as of another process if it is given another storage. */
  startRunner(on?: Storage): void;
  /** Tells the runners that there is work. */
  nudge(): void;
  /** Ends all runners that were started. */
  stopRunners(): Promise<void>;
  /** Waits until nothing is left to do for a replay; answers it. */
  ends(replay: Replay): Promise<Replay>;
}

export function createReplaying(storage: Storage): Replaying {
  const runners: BatchRunner[] = [];
  const sourcesOn = (on: Storage): ReturnType<typeof createReplaySources> =>
    createReplaySources({ storage: on, retentionMs: RETENTION_MS });
  const sourceOf = sourcesOn(storage);
  const replays = createReplayService({ storage, sourceOf, onChanged: () => undefined });
  return {
    replays,
    sourceOf,
    startRunner(on = storage) {
      const queue = createQueue({ storage: on, ...QUEUE });
      const runner = createReplayRunner({
        ...{ storage: on, sourceOf: sourcesOn(on), logger: createLogger('silent') },
        onEnqueuing: queue.wakeWithin,
        onEnqueued: (webhookIds) => void queue.wake(webhookIds),
      });
      runners.push(runner);
      runner.start();
    },
    nudge: () => runners.forEach((runner) => runner.nudge()),
    async stopRunners() {
      await Promise.all(runners.splice(0).map((runner) => runner.stop()));
    },
    async ends({ id }) {
      for (;;) {
        const replay = (await replays.find(id))!;
        if (replay.reachedId === null) return replay;
        await turn();
      }
    },
  };
}

/** A database of which one transaction, the second, is lost at its end. */
export function losingACommit(storage: Storage): Storage {
  let writes = 0;
  return {
    ...storage,
    write: (work) =>
      storage.write(async (manager) => {
        const result = await work(manager);
        writes += 1;
        if (writes === 2) throw new Error('the process ended before its commit');
        return result;
      }),
  };
}
