/** The acknowledgments of one collector, by token and channel. */
export interface HecAcks {
  /** Takes a request's events into the pipeline; answers the number to ask for them by. */
  issue(channel: string): number;
  /** Which are indexed; one that is told so is forgotten. Unknown ones are not. */
  read(channel: string, ids: readonly number[]): Record<string, boolean>;
  /** While the pipeline is stopped nothing becomes indexed; what waited is when it runs again. */
  setRunning(isRunning: boolean): void;
  /** Loses what is not told yet, as a restart does; numbers begin again. */
  forget(): void;
}

interface Channel {
  next: number;
  waiting: Set<number>;
}

export function createHecAcks(): HecAcks {
  const channels = new Map<string, Channel>();
  let isRunning = true;
  return {
    issue(channel) {
      const { next, waiting } = channels.get(channel) ?? { next: 0, waiting: new Set<number>() };
      waiting.add(next);
      channels.set(channel, { next: next + 1, waiting });
      return next;
    },
    read(channel, ids) {
      const waiting = channels.get(channel)?.waiting;
      const indexed = ids.map((id): [string, boolean] => [
        String(id),
        isRunning && (waiting?.delete(id) ?? false),
      ]);
      return Object.fromEntries(indexed);
    },
    setRunning: (running) => void (isRunning = running),
    forget: () => channels.clear(),
  };
}
