import { loadConfig } from './config.js';
import { ConfigError } from './errors.js';
import { createServer, type HookwatchServer } from './server.js';

/** The first signal drains, the second ends at once: nothing is lost either way. */
function stopOnSignals(server: HookwatchServer): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
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
