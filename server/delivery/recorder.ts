import type { Logger } from '../observability/logger.js';
import { within } from '../observability/within.js';
import { insertRows } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';
import { isDuplicateKey } from '../storage/driver-error.js';
import { Attempt } from '../storage/entities/attempt.js';
import { createId } from '../storage/ids.js';
import { ATTEMPT_COLUMNS, attemptRow, type NewAttempt } from './attempt-row.js';
import type { Queue } from './queue.js';
import type { FinishedRound } from './round.js';
import { countAttempts } from './statistics.js';
import { SHARED_REQUEST_COLUMNS, sharedRequestRow } from './wire-log.js';

/** An attempt as live viewers get it: with the path of the account that may see it. */
export interface RecordedAttempt {
  attempt: Attempt;
  ownerPath: string;
}

/** An attempt on its way into the database. */
interface EndedAttempt extends RecordedAttempt {
  attempt: Attempt & NewAttempt;
}

/** Writes attempts and what rounds came to, many in one transaction. */
export interface Recorder {
  /** Logs attempts that belong to no ended round: others follow them, or it was a test; their ids come when drained. */
  record(attempts: readonly NewAttempt[], ownerPath: string): Attempt[];
  /** Logs the last attempts of rounds and ends their leases. */
  finish(rounds: readonly FinishedRound[]): void;
  /** Ends when all that was handed over is in the database. */
  drain(): Promise<void>;
  /** Writes what was handed over, for as long as the end may take. */
  dispose(): Promise<void>;
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
/** How long the database may be away at the end. */
const LAST_WRITE_WITHIN_MS = 5_000;

export function createRecorder({ storage, queue, logger, onRecorded }: RecorderDeps): Recorder {
  let attempts: EndedAttempt[] = [];
  let rounds: FinishedRound[] = [];
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> | null = null;
  let disposed = false;

  async function write(): Promise<void> {
    const batch = { attempts, rounds };
    attempts = [];
    rounds = [];
    for (const { attempt } of batch.attempts) attempt.id = createId('att');
    if (!(await persist(batch.attempts, batch.rounds))) return;
    // Live viewers may keep attempts for a while, and need not keep a megabyte with them.
    for (const { attempt } of batch.attempts) attempt.sharedRequest = null;
    onRecorded(batch.attempts, batch.rounds);
  }

  /**
   * While the database is away, what happened is kept here and written when it is back. Answers false when it was still
   * away at the end: what was sent and could not be noted is sent again when its lease has ended.
   */
  async function persist(ended: EndedAttempt[], finished: FinishedRound[]): Promise<boolean> {
    const shared = new Set(ended.flatMap(({ attempt }) => attempt.sharedRequest ?? []));
    const sharedRows = await Promise.all([...shared].map(sharedRequestRow));
    let isRetry = false;
    for (let waitMs = 50; ; waitMs = Math.min(LONGEST_RETRY_MS, waitMs * 2), isRetry = true) {
      try {
        await storage.write(async (manager) => {
          await insertRows(manager, 'shared_requests', SHARED_REQUEST_COLUMNS, sharedRows);
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
        return true;
      } catch (error) {
        // The connection went away while the last try was committing, and it was committed.
        if (isRetry && isDuplicateKey(error)) return true;
        logger.error({ reason: (error as Error).message, attempts: ended.length }, 'recorder.failed');
        if (disposed) return false;
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

  async function drain(): Promise<void> {
    await flush();
    await flush();
  }

  function schedule(): void {
    if (writing) return;
    if (attempts.length >= MAX_BATCH) void flush();
    else timer ??= setTimeout(() => void flush(), MAX_LATE_MS);
  }

  return {
    record(ended, ownerPath) {
      const entities = ended.map(toEntity);
      for (const attempt of entities) attempts.push({ attempt, ownerPath });
      schedule();
      return entities;
    },
    finish(finished) {
      for (const round of finished) {
        if (round.attempt) attempts.push({ attempt: toEntity(round.attempt), ownerPath: round.ownerPath });
        rounds.push(round);
      }
      schedule();
    },
    drain,
    async dispose() {
      try {
        await within(LAST_WRITE_WITHIN_MS, drain());
      } catch (error) {
        logger.error({ reason: (error as Error).message, attempts: attempts.length }, 'recorder.lost');
      }
      disposed = true;
      if (timer) clearTimeout(timer);
    },
  };
}

const toEntity = (attempt: NewAttempt): Attempt & NewAttempt => Object.assign(new Attempt(), attempt);
