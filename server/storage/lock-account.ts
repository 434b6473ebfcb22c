import type { EntityManager } from 'typeorm';
import type { Storage } from './data-source.js';

/** Keeps an account from being deleted until the transaction ends; answers false when it is deleted already. */
export async function lockAccount(
  { sql }: Storage,
  manager: EntityManager,
  accountId: string,
): Promise<boolean> {
  const rows = await manager.query<unknown[]>(
    `select id from accounts where id = ? and deleted_at is null ${sql.forUpdate}`,
    [accountId],
  );
  return rows.length > 0;
}
