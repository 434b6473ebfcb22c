/** A transaction's work, and who waits for its end. */
interface Waiting<M> {
  work: (manager: M) => Promise<unknown>;
  /** When it began to wait, by `performance.now()`. */
  since: number;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

/** What one work came to inside the transaction that it shares. */
type Outcome = { result: unknown } | { error: unknown };

/** A manager of TypeORM, as far as it is needed here: within a transaction, another one is a savepoint. */
interface Transacting<M> {
  transaction<T>(work: (manager: M) => Promise<T>): Promise<T>;
}

export interface GroupCommitOptions<M> {
  /** Runs a transaction, alone on the connection; its work has waited since then, by `performance.now()`. */
  run<T>(work: (manager: M) => Promise<T>, since: number): Promise<T>;
  /** Ends when what was committed is safe from a power failure; before that, nobody is told of it. */
  sync(): Promise<void>;
  /** Whether an error ends a work alone; after any other, the transaction as a whole is not to be trusted. */
  isOwnFault: (error: unknown) => boolean;
}

/** Runs works one after another; `exclusive` ends when all before it have, and keeps later ones out. */
export interface GroupCommit<M> {
  write<T>(work: (manager: M) => Promise<T>): Promise<T>;
  exclusive<T>(task: () => Promise<T>): Promise<T>;
}

/** Most works that share a transaction. */
const MAX_GROUP = 32;

/**
 * Works that have to wait for the connection share the next transaction, each within a savepoint: one sync to disk
 * makes them all durable, and nobody is told of an end before it. Where the shared transaction fails, each runs alone.
 */
export function createGroupCommit<M extends Transacting<M>>(options: GroupCommitOptions<M>): GroupCommit<M> {
  const waiting: Array<Waiting<M>> = [];
  let tail: Promise<void> = Promise.resolve();

  function enqueue(task: () => Promise<void>): void {
    tail = tail.then(task);
  }

  async function runAlone({ work, since, resolve, reject }: Waiting<M>): Promise<void> {
    try {
      const result = await options.run(work, since);
      await options.sync();
      resolve(result);
    } catch (error) {
      reject(error);
    }
  }

  async function runTogether(group: ReadonlyArray<Waiting<M>>): Promise<void> {
    const runEach = async (manager: M): Promise<Outcome[]> => {
      const ended: Outcome[] = [];
      for (const { work } of group) ended.push(await outcomeOf(manager, work));
      return ended;
    };
    const outcomes = await options.run(runEach, group[0]!.since).catch(() => null);
    if (!outcomes) {
      for (const one of group) await runAlone(one);
      return;
    }
    try {
      await options.sync();
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    for (const [index, outcome] of outcomes.entries())
      if ('error' in outcome) group[index]!.reject(outcome.error);
      else group[index]!.resolve(outcome.result);
  }

  async function outcomeOf(manager: M, work: Waiting<M>['work']): Promise<Outcome> {
    try {
      return { result: await manager.transaction(work) };
    } catch (error) {
      if (!options.isOwnFault(error)) throw error;
      return { error };
    }
  }

  async function runNext(): Promise<void> {
    const group = waiting.splice(0, MAX_GROUP);
    if (group.length === 1) await runAlone(group[0]!);
    else if (group.length > 1) await runTogether(group);
  }

  return {
    write: <T>(work: (manager: M) => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        waiting.push({
          ...{ work, since: performance.now(), reject },
          resolve: resolve as (result: unknown) => void,
        });
        enqueue(runNext);
      }),
    exclusive: <T>(task: () => Promise<T>) =>
      new Promise<T>((resolve, reject) => enqueue(() => task().then(resolve, reject))),
  };
}
