import type { Logger } from '../observability/logger.js';
import { within } from '../observability/within.js';
import { insertRows } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';
import { isDuplicateKey, isRefusal } from '../storage/driver-error.js';
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

/** What is written together or not at all: an attempt, or a round's end, or its end with its last attempt. */
interface Entry {
  ownerPath: string;
  attempt: (Attempt & NewAttempt) | null;
  round: FinishedRound | null;
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
  let waiting: Entry[] = [];
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> | null = null;
  let disposed = false;

  async function write(): Promise<void> {
    const entries = waiting;
    waiting = [];
    for (const { attempt } of entries) if (attempt) attempt.id = createId('att');
    const written = await persist(entries);
    const attempts = written.flatMap(({ attempt, ownerPath }) => (attempt ? { attempt, ownerPath } : []));
    // Live viewers may keep attempts for a while, and need not keep a megabyte with them.
    for (const { attempt } of attempts) attempt.sharedRequest = null;
    const rounds = written.flatMap(({ round }) => round ?? []);
    if (written.length > 0) onRecorded(attempts, rounds);
  }

  /**
   * Answers what was written. While the database is away, what happened is kept here and written when it is back; what
   * could not be noted at the end is sent again when its lease has ended.
   */
  async function persist(entries: Entry[]): Promise<Entry[]> {
    const attempts = entries.flatMap(({ attempt }) => attempt ?? []);
    const rounds = entries.flatMap(({ round }) => round ?? []);
    const shared = new Set(attempts.flatMap(({ sharedRequest }) => sharedRequest ?? []));
    const sharedRows = await Promise.all([...shared].map(sharedRequestRow));
    let isRetry = false;
    for (let waitMs = 50; ; waitMs = Math.min(LONGEST_RETRY_MS, waitMs * 2), isRetry = true) {
      try {
        await storage.write(async (manager) => {
          await insertRows(manager, 'shared_requests', SHARED_REQUEST_COLUMNS, sharedRows);
          await insertRows(manager, 'attempts', ATTEMPT_COLUMNS, attempts.map(attemptRow));
          if (rounds.length > 0) await queue.complete(manager, rounds);
          await countAttempts(manager, attempts);
        });
        return entries;
      } catch (error) {
        // The connection went away while the last try was committing, and it was committed.
        if (isRetry && isDuplicateKey(error)) return entries;
        logger.error({ reason: (error as Error).message, attempts: attempts.length }, 'recorder.failed');
        if (isRefusal(error)) return persistApart(entries);
        if (disposed) return [];
        await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
      }
    }
  }

  /** One attempt is at fault, and nobody else is to wait for it: it is found by halves; its round ends without it. */
  async function persistApart(entries: Entry[]): Promise<Entry[]> {
    const half = entries.length >> 1;
    if (half > 0)
      return [...(await persist(entries.slice(0, half))), ...(await persist(entries.slice(half)))];
    const [{ attempt, round, ownerPath }] = entries as [Entry];
    logger.error({ deliveryId: round?.delivery.id ?? attempt?.deliveryId }, 'recorder.gave_up');
    return attempt && round ? persist([{ ownerPath, attempt: null, round }]) : [];
  }

  function flush(): Promise<void> {
    if (timer) clearTimeout(timer);
    timer = null;
    writing ??= writeAll().finally(() => (writing = null));
    return writing;
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) await write();
  }

  async function drain(): Promise<void> {
    await flush();
    await flush();
  }

  function schedule(): void {
    if (writing) return;
    if (waiting.length >= MAX_BATCH) void flush();
    else timer ??= setTimeout(() => void flush(), MAX_LATE_MS);
  }

  return {
    record(ended, ownerPath) {
      const entities = ended.map(toEntity);
      for (const attempt of entities) waiting.push({ ownerPath, attempt, round: null });
      schedule();
      return entities;
    },
    finish(finished) {
      for (const round of finished) {
        const { ownerPath, attempt } = round;
        waiting.push({ ownerPath, attempt: attempt && toEntity(attempt), round });
      }
      schedule();
    },
    drain,
    async dispose() {
      try {
        await within(LAST_WRITE_WITHIN_MS, drain());
      } catch (error) {
        logger.error({ reason: (error as Error).message, attempts: waiting.length }, 'recorder.lost');
      }
      disposed = true;
      if (timer) clearTimeout(timer);
    },
  };
}

const toEntity = (attempt: NewAttempt): Attempt & NewAttempt => Object.assign(new Attempt(), attempt);
