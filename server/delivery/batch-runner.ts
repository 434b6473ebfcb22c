import type { Logger } from '../observability/logger.js';

/**
 * Does work that may take long in small batches, beside deliveries: after each turn it leaves the database to others
 * for a multiple of the time that the turn took. What there is to do is in the database, so that a crash between two
 * batches loses nothing and workers share the work by locks on its rows.
 */
export interface BatchRunner {
  start(): void;
  /** There may be work: look now. */
  nudge(): void;
  /** Ends after the turn under way. */
  stop(): Promise<void>;
}

/** What a turn came to: there is more to do, there will be before long, or there is nothing. */
export type Turn = 'more' | 'later' | 'none';

export interface BatchRunnerDeps {
  logger: Logger;
  /** The log's word for a turn that failed. */
  failed: string;
  /** Does a batch of each work that is open; ends early when it is `stopping`. */
  turn: (stopping: AbortSignal) => Promise<Turn>;
}

/** What several of them came to. */
export const summarize = (turns: readonly Turn[]): Turn =>
  (['more', 'later'] as const).find((turn) => turns.includes(turn)) ?? 'none';

const WAIT_MS = { more: 0, later: 200, none: 2_000, error: 2_000 };
const PAUSE_FACTOR = 3;
const SHORTEST_PAUSE_MS = 10;

/** How long others have the database to themselves after a batch that took so long. */
export const pauseAfter = (tookMs: number): number => Math.max(SHORTEST_PAUSE_MS, PAUSE_FACTOR * tookMs);

export function createBatchRunner({ logger, failed, turn }: BatchRunnerDeps): BatchRunner {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;
  let started = false;
  let nudged = false;

  function look(): void {
    if (timer) clearTimeout(timer);
    timer = null;
    nudged = false;
    running = take().then((waitMs) => {
      running = null;
      if (!stopping.signal.aborted) timer = setTimeout(look, waitMs);
    });
  }

  /** Takes a turn; answers how long after it the next one is. */
  async function take(): Promise<number> {
    const startedAt = performance.now();
    let waitMs = WAIT_MS.error;
    try {
      waitMs = WAIT_MS[await turn(stopping.signal)];
    } catch (error) {
      logger.error({ reason: (error as Error).message }, failed);
    }
    // A nudge shortens the wait for work, not the pause after it.
    nudged ||= waitMs === WAIT_MS.more;
    return nudged ? pauseAfter(performance.now() - startedAt) : waitMs;
  }

  return {
    start() {
      started = true;
      look();
    },
    nudge() {
      if (started && !nudged && !running && !stopping.signal.aborted) look();
      else nudged = true;
    },
    async stop() {
      stopping.abort();
      if (timer) clearTimeout(timer);
      await running;
    },
  };
}
