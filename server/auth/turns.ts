/** Runs tasks that share a key one after another, in the order asked; all others at the same time. */
export type Turns = <T>(keys: readonly string[], task: () => Promise<T>) => Promise<T>;

export function createTurns(): Turns {
  const last = new Map<string, Promise<void>>();
  const done = Promise.resolve();
  return (keys, task) => {
    const turn = Promise.all(keys.map((key) => last.get(key) ?? done)).then(task);
    const end = turn.then(leave, leave);
    for (const key of keys) last.set(key, end);
    return turn;

    function leave(): void {
      for (const key of keys) if (last.get(key) === end) last.delete(key);
    }
  };
}
