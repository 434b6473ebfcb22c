import { In, MoreThan } from 'typeorm';
import type { Storage } from '../storage/data-source.js';
import { Account } from '../storage/entities/account.js';
import { Attempt } from '../storage/entities/attempt.js';
import type { RecordedAttempt } from './recorder.js';

/** Reads what any process recorded, for live viewers. */
export interface AttemptLog {
  /** Ids after an id, in order. */
  idsAfter(id: string, limit: number): Promise<string[]>;
  /** Attempts by their ids, oldest first; unknown ids are left out. */
  load(ids: readonly string[]): Promise<RecordedAttempt[]>;
}

export function createAttemptLog({ read }: Storage): AttemptLog {
  return {
    async idsAfter(id, limit) {
      const rows = await read.find(Attempt, {
        ...{ select: { id: true }, where: { id: MoreThan(id) }, order: { id: 'ASC' }, take: limit },
      });
      return rows.map((row) => row.id);
    },
    async load(ids) {
      const attempts = await read.find(Attempt, { where: { id: In([...ids]) }, order: { id: 'ASC' } });
      const owners = [...new Set(attempts.map(({ ownerId }) => ownerId))];
      const accounts = await read.findBy(Account, { id: In(owners) });
      const paths = new Map(accounts.map(({ id, path }) => [id, path]));
      return attempts.flatMap((attempt) => {
        const ownerPath = paths.get(attempt.ownerId);
        return ownerPath === undefined ? [] : [{ attempt, ownerPath }];
      });
    },
  };
}
