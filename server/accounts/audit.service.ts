import type { SelectQueryBuilder } from 'typeorm';
import { below } from '../storage/below.js';
import type { Storage } from '../storage/data-source.js';
import type { Account } from '../storage/entities/account.js';
import { AuditEntry } from '../storage/entities/audit-entry.js';
import type { AuditFilter } from './audit.input.js';

/** Reads the audit log; services write it, each in the transaction of its change. */
export interface AuditService {
  find(id: string): Promise<AuditEntry | null>;
  /** Entries of the account and of all below it, aliased `entry`; null: what concerns no account. */
  list(account: Account | null, filter: AuditFilter): SelectQueryBuilder<AuditEntry>;
}

export function createAuditService({ read }: Storage): AuditService {
  return {
    find: (id) => read.findOneBy(AuditEntry, { id }),
    list(account, filter) {
      const query = read.createQueryBuilder(AuditEntry, 'entry');
      if (!account) query.where('entry.accountId is null');
      else {
        const { sql, parameters } = below('a.path', [account.path]);
        query.where(`entry.accountId in (select a.id from accounts a where ${sql})`, parameters);
      }
      return restrict(query, filter);
    },
  };
}

function restrict(
  query: SelectQueryBuilder<AuditEntry>,
  { actions, actor, target, from, until }: AuditFilter,
): SelectQueryBuilder<AuditEntry> {
  if (actions) query.andWhere(actions.length > 0 ? 'entry.action in (:...actions)' : '1 = 0', { actions });
  if (actor != null) query.andWhere('entry.actor = :actor', { actor });
  if (target != null) query.andWhere('entry.target = :target', { target });
  if (from) query.andWhere('entry.at >= :from', { from: from.getTime() });
  if (until) query.andWhere('entry.at < :until', { until: until.getTime() });
  return query;
}
