import type { Access } from '../auth/access.js';
import type { Replay } from '../storage/entities/replay.js';
import { endable, pause } from './topics.js';

export interface ReplayProgressDeps {
  /** The replay as stored, if the caller may see it; throws NOT_FOUND otherwise. */
  find: (access: Access, id: string) => Promise<Replay>;
  /** Whether the caller's credential no longer stands. */
  isRevoked: (access: Access) => Promise<boolean>;
}

/** The progress of a replay as it goes on, whichever process runs it. */
export type ReplayProgress = (access: Access, id: string) => Promise<AsyncGenerator<Replay, void, void>>;

/** A changed replay is noticed within this time. */
const LOOK_EVERY_MS = 250;

export function createReplayProgress({ find, isRevoked }: ReplayProgressDeps): ReplayProgress {
  return async (access, id) => {
    const first = await find(access, id);
    const ended = new AbortController();
    return endable(follow(first), () => ended.abort());

    async function* follow(replay: Replay): AsyncGenerator<Replay, void, void> {
      for (let seen = ''; !ended.signal.aborted; replay = await find(access, id)) {
        const now = stateOf(replay);
        if (now !== seen) yield replay;
        seen = now;
        if (isOver(replay) || (await isRevoked(access))) return;
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
