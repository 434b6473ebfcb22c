/** Counts what came through, and can hold everything back so that work piles up. */
export interface Gate {
  /** Resolves at once, or when the gate is opened. */
  pass(): Promise<void>;
  hold(): void;
  open(): void;
  /** So many more things are done. */
  count(more: number): void;
  /** Forgets what was counted. */
  reset(): void;
  /** Ends when so many things are done since the reset. */
  waitFor(count: number): Promise<void>;
}

export function createGate(): Gate {
  let held: Array<() => void> | null = null;
  let done = 0;
  let waiting: Array<{ count: number; resolve: () => void }> = [];

  function settle(): void {
    const ready = waiting.filter(({ count }) => count <= done);
    waiting = waiting.filter(({ count }) => count > done);
    for (const { resolve } of ready) resolve();
  }

  return {
    pass: () => new Promise((resolve) => (held ? void held.push(resolve) : resolve())),
    hold: () => void (held ??= []),
    open() {
      const ready = held ?? [];
      held = null;
      for (const resolve of ready) resolve();
    },
    count(more) {
      done += more;
      if (waiting.length > 0) settle();
    },
    reset: () => void (done = 0),
    waitFor: (count) =>
      new Promise((resolve) => {
        waiting.push({ count, resolve });
        settle();
      }),
  };
}
