/** Ctrl-C reaches a program that npm runs twice: the terminal signals both, and npm passes its signal on. */
const SAME_SIGNAL_MS = 1_000;

/** At the first SIGINT or SIGTERM ends in order, with `dispose`; at a later one at once. */
export function stopOnSignals(dispose: () => Promise<void>): void {
  let stoppingSince: number | null = null;
  const stop = (): void => {
    if (stoppingSince !== null) {
      if (performance.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    stoppingSince = performance.now();
    dispose().then(
      () => process.exit(0),
      (error: Error) => {
        console.error(`Stopping failed: ${error.message}`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
