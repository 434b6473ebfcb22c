export interface AttemptLogOptions {
  /** Rows kept; the oldest are dropped beyond it. */
  capacity: number;
}

/**
 * Rows in the order they ended, each id once. A row's position (`seq`) never changes, so that a frozen view
 * stays where it is while newer rows arrive and older ones are dropped or loaded.
 */
export function createAttemptLog<T extends { id: string }>({ capacity }: AttemptLogOptions) {
  // Dropping in slices keeps an append at constant cost: one array shift for every `slack` rows.
  const slack = Math.max(1, Math.floor(capacity / 20));
  let rows: T[] = [];
  let ids = new Set<string>();
  let start = 0;

  return {
    /** Position of the oldest row. */
    get start() {
      return start;
    },
    /** Position after the newest row. */
    get end() {
      return start + rows.length;
    },
    get isFull() {
      return rows.length >= capacity;
    },
    /** The row at a position, or undefined if it was dropped or is not there yet. */
    at(seq: number): T | undefined {
      return rows[seq - start];
    },
    /** The position of a row by its id, or -1. */
    seqOf(id: string): number {
      if (!ids.has(id)) return -1;
      return start + rows.findIndex((row) => row.id === id);
    },
    /** Adds newer rows, oldest first; answers those that were not there yet. */
    append(newer: readonly T[]): T[] {
      const added = newer.filter((row) => !ids.has(row.id) && ids.add(row.id));
      for (const row of added) rows.push(row);
      if (rows.length > capacity + slack) {
        const dropped = rows.slice(0, rows.length - capacity);
        for (const row of dropped) ids.delete(row.id);
        rows = rows.slice(dropped.length);
        start += dropped.length;
      }
      return added;
    },
    /** Adds older rows, newest first, as a page of the query gives them. */
    prepend(older: readonly T[]): T[] {
      const room = Math.max(0, capacity - rows.length);
      const added = older.filter((row) => !ids.has(row.id)).slice(0, room);
      for (const row of added) ids.add(row.id);
      rows = [...added].reverse().concat(rows);
      start -= added.length;
      return added;
    },
    clear(): void {
      rows = [];
      ids = new Set();
      start = 0;
    },
  };
}

export type AttemptLog<T extends { id: string }> = ReturnType<typeof createAttemptLog<T>>;
