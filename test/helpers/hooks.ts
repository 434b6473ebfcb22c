import { stopDatabases } from './databases.js';

const graceMs = 10_000;

process.setSourceMapsEnabled(true);

// Mocha would just die of a signal and leave the programs behind that the tests started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

/** Mocha calls this once, after the last suite. */
export async function mochaGlobalTeardown(): Promise<void> {
  await stopDatabases();
  setTimeout(failForLeaks, graceMs).unref();
}

/** Runs only where something else has kept the process alive so long. */
function failForLeaks(): void {
  const resources = process.getActiveResourcesInfo().filter((name) => name !== 'TTYWrap');
  console.error(`\nThe tests are over, but something of theirs still runs: ${resources.join(', ')}`);
  // Mocha sets the exit code in a listener of its own, which was added before this one.
  process.on('exit', () => (process.exitCode = 1));
  process.exit();
}
