import { loadConfig } from './config.js';
import { ConfigError } from './errors.js';
import { createServer, type HookwatchServer } from './server.js';

/** npm passes a Ctrl-C on that the terminal has already sent: signals so soon after the first are that one. */
const SAME_SIGNAL_MS = 1_000;

/** The first signal drains, another one ends at once: nothing is lost either way. */
function stopOnSignals(server: HookwatchServer): void {
  let stoppingSince: number | null = null;
  const stop = (): void => {
    if (stoppingSince !== null) {
      if (performance.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    stoppingSince = performance.now();
    server.dispose().then(
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

try {
  const server = await createServer(loadConfig());
  stopOnSignals(server);
  console.log(`Hookwatch is ready at ${server.url}`);
  if (server.setupUrl) console.log(`Set it up, once, at ${server.setupUrl}`);
} catch (error) {
  const clear = error instanceof ConfigError || (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  console.error(clear ? `Hookwatch cannot start: ${(error as Error).message}` : error);
  process.exit(1);
}
