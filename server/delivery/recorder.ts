import type { Logger } from '../observability/logger.js';
import { insertRows } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';
import { isDuplicateKey } from '../storage/driver-error.js';
import type { Attempt } from '../storage/entities/attempt.js';
import { createId } from '../storage/ids.js';
import { ATTEMPT_COLUMNS, attemptRow } from './attempt-row.js';
import type { Queue } from './queue.js';
import type { FinishedRound } from './round.js';
import { countAttempts } from './statistics.js';

/** An attempt as live viewers get it: with the path of the account that may see it. */
export interface RecordedAttempt {
  attempt: Attempt;
  ownerPath: string;
}

/** Writes attempts and what rounds came to, many in one transaction. */
export interface Recorder {
  /** Logs an attempt that belongs to no ended round: a quick retry follows it, or it was a test. */
  record(attempt: Attempt, ownerPath: string): void;
  /** Logs a round's last attempt and ends its lease. */
  finish(round: FinishedRound): void;
  /** Ends when all that was handed over is in the database. */
  drain(): Promise<void>;
  dispose(): void;
}

export interface RecorderDeps {
  storage: Storage;
  queue: Queue;
  logger: Logger;
  /** Called after each commit, with what it wrote, oldest first. */
  onRecorded: (attempts: RecordedAttempt[], rounds: FinishedRound[]) => void;
}

const MAX_LATE_MS = 20;
const MAX_BATCH = 200;
const LONGEST_RETRY_MS = 5_000;

export function createRecorder({ storage, queue, logger, onRecorded }: RecorderDeps): Recorder {
  let attempts: RecordedAttempt[] = [];
  let rounds: FinishedRound[] = [];
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> | null = null;
  let disposed = false;

  async function write(): Promise<void> {
    const batch = { attempts, rounds };
    attempts = [];
    rounds = [];
    for (const { attempt } of batch.attempts) attempt.id = createId('att');
    await persist(batch.attempts, batch.rounds);
    onRecorded(batch.attempts, batch.rounds);
  }

  /** While the database is away, what happened is kept here and written when it is back. */
  async function persist(ended: RecordedAttempt[], finished: FinishedRound[]): Promise<void> {
    let isRetry = false;
    for (let waitMs = 50; ; waitMs = Math.min(LONGEST_RETRY_MS, waitMs * 2), isRetry = true) {
      try {
        await storage.write(async (manager) => {
          await insertRows(
            manager,
            'attempts',
            ATTEMPT_COLUMNS,
            ended.map(({ attempt }) => attemptRow(attempt)),
          );
          if (finished.length > 0) await queue.complete(manager, finished);
          await countAttempts(
            manager,
            ended.map(({ attempt }) => attempt),
          );
        });
        return;
      } catch (error) {
        // The connection went away while the last try was committing, and it was committed.
        if (isRetry && isDuplicateKey(error)) return;
        logger.error({ reason: (error as Error).message, attempts: ended.length }, 'recorder.failed');
        if (disposed) throw error;
        await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
      }
    }
  }

  function flush(): Promise<void> {
    if (timer) clearTimeout(timer);
    timer = null;
    writing ??= writeAll().finally(() => (writing = null));
    return writing;
  }

  async function writeAll(): Promise<void> {
    while (attempts.length + rounds.length > 0) await write();
  }

  function schedule(): void {
    if (writing) return;
    if (attempts.length >= MAX_BATCH) void flush();
    else timer ??= setTimeout(() => void flush(), MAX_LATE_MS);
  }

  return {
    record(attempt, ownerPath) {
      attempts.push({ attempt, ownerPath });
      schedule();
    },
    finish(round) {
      if (round.attempt) attempts.push({ attempt: round.attempt, ownerPath: round.ownerPath });
      rounds.push(round);
      schedule();
    },
    drain: async () => {
      await flush();
      await flush();
    },
    dispose() {
      disposed = true;
      if (timer) clearTimeout(timer);
    },
  };
}
