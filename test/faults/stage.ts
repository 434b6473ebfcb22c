import type { TestDatabase } from '../helpers/databases.js';

/** Where a fault is injected: what is opened on it is closed at the end, whatever has gone wrong. */
export interface Stage {
  database: TestDatabase['name'];
  /** Makes an empty database and answers its `DATABASE_URL`. */
  createUrl(): Promise<string>;
  /** Has something closed at the end, before what was opened earlier. */
  atEnd(close: () => unknown): void;
  /** Opens something that is closed at the end. */
  open<T>(opened: Promise<T>, close: (it: T) => unknown): Promise<T>;
  /** Closes everything, the newest first. @throws the first failure, after all has been tried */
  end(): Promise<void>;
}

export function createStage({ name, createUrl }: TestDatabase): Stage {
  const closings: Array<() => unknown> = [];
  const atEnd = (close: () => unknown): void => void closings.push(close);
  return {
    database: name,
    createUrl,
    atEnd,
    async open(opened, close) {
      const it = await opened;
      atEnd(() => close(it));
      return it;
    },
    async end() {
      const failures: unknown[] = [];
      for (let close = closings.pop(); close; close = closings.pop())
        await Promise.resolve(close)
          .then((run) => run())
          .catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw failures[0];
    },
  };
}
