import type { EntityManager, EntityTarget } from 'typeorm';

/** Reads one row by id; null: there is none. */
export type FindById<T> = (id: string) => Promise<T | null>;

/** Reads rows by id, all that are asked for in one turn of the event loop with one query. */
export function batchedById<T extends { id: string }>(
  manager: EntityManager,
  entity: EntityTarget<T>,
): FindById<T> {
  let batch: { ids: Set<string>; rows: Promise<Map<string, T>> } | null = null;

  function openBatch(): { ids: Set<string>; rows: Promise<Map<string, T>> } {
    const ids = new Set<string>();
    const rows = new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
      batch = null;
      const found = await manager
        .createQueryBuilder(entity, 'row')
        .whereInIds([...ids])
        .getMany();
      return new Map(found.map((row) => [row.id, row]));
    });
    return { ids, rows };
  }

  return async (id) => {
    batch ??= openBatch();
    batch.ids.add(id);
    return (await batch.rows).get(id) ?? null;
  };
}
