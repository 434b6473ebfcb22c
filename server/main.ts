import { loadConfig } from './config.js';
import { ConfigError } from './errors.js';
import { createServer } from './server.js';
import { stopOnSignals } from './stop-on-signals.js';

try {
  const server = await createServer(loadConfig());
  stopOnSignals(() => server.dispose());
  console.log(`Hookwatch is ready at ${server.url}`);
  if (server.setupUrl) console.log(`Set it up, once, at ${server.setupUrl}`);
} catch (error) {
  const clear = error instanceof ConfigError || (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  console.error(clear ? `Hookwatch cannot start: ${(error as Error).message}` : error);
  process.exit(1);
}
