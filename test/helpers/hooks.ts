import { stopDatabases } from './databases.js';
import { exitOnSignals } from './processes.js';

const graceMs = 10_000;

process.setSourceMapsEnabled(true);

exitOnSignals();

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
