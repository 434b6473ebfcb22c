import type { Access } from '../auth/access.js';
import type { Context } from '../context.js';
import { RequestError } from '../errors.js';
import type { Replay } from '../storage/entities/replay.js';
import type { Renew } from './renewal.js';
import { endable, pause } from './topics.js';

export interface ReplayProgressDeps {
  /** The replay as stored, if the caller may see it; throws NOT_FOUND otherwise. */
  find: (access: Access, id: string) => Promise<Replay>;
  renew: Renew;
}

/** The progress of a replay as it goes on, whichever process runs it, to whoever may still see it. */
export type ReplayProgress = (context: Context, id: string) => Promise<AsyncGenerator<Replay, void, void>>;

/** A changed replay is noticed within this time. */
const LOOK_EVERY_MS = 250;

export function createReplayProgress({ find, renew }: ReplayProgressDeps): ReplayProgress {
  /** The replay as of now; null when it is out of sight. */
  async function findAgain(context: Context, id: string): Promise<Replay | null> {
    try {
      return (await renew(context)) ? await find(context.access, id) : null;
    } catch (error) {
      if (error instanceof RequestError) return null;
      throw error;
    }
  }

  return async (context, id) => {
    const first = await find(context.access, id);
    const ended = new AbortController();
    return endable(follow(first), () => ended.abort());

    async function* follow(first: Replay): AsyncGenerator<Replay, void, void> {
      let replay: Replay | null = first;
      for (let seen = ''; replay && !ended.signal.aborted; replay = await findAgain(context, id)) {
        const now = stateOf(replay);
        if (now !== seen) yield replay;
        seen = now;
        if (isOver(replay)) return;
        await pause(LOOK_EVERY_MS, ended.signal);
      }
    }
  };
}

const stateOf = ({ status, createdCount, succeededCount, failedCount }: Replay): string =>
  [status, createdCount, succeededCount, failedCount].join(' ');

/** Nothing changes any more. */
const isOver = ({ status, reachedId, createdCount, succeededCount, failedCount }: Replay): boolean =>
  reachedId === null && (status === 'CANCELLED' || succeededCount + failedCount >= createdCount);
