import { In, IsNull } from 'typeorm';
import type { Storage } from '../storage/data-source.js';
import { Account } from '../storage/entities/account.js';

/** Whether an account has children; all that are asked for in one turn of the event loop with one query. */
export function batchedHasChildren({ read }: Storage): (id: string) => Promise<boolean> {
  let batch: { ids: Set<string>; parents: Promise<Set<string | null>> } | null = null;

  async function findParents(ids: Set<string>): Promise<Set<string | null>> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    batch = null;
    const rows = await read
      .createQueryBuilder(Account, 'account')
      .select('account.parentId', 'parentId')
      .distinct()
      .where({ parentId: In([...ids]), deletedAt: IsNull() })
      .getRawMany<{ parentId: string }>();
    return new Set(rows.map(({ parentId }) => parentId));
  }

  return async (id) => {
    if (!batch) {
      const ids = new Set<string>();
      batch = { ids, parents: findParents(ids) };
    }
    batch.ids.add(id);
    return (await batch.parents).has(id);
  };
}
