import { environmentFor } from './hookwatch.js';
import { findFreePort, startDaemon, type Daemon } from './processes.js';

/** Hookwatch in a process of its own, as an operator runs it: for signals and crashes. */
export interface HookwatchProcess extends Daemon {
  url: string;
  port: number;
}

export interface ProcessOptions {
  /** Default: a free one. A process that replaces another takes its port, so that everybody finds it. */
  port?: number;
  /** What an operator would set besides. */
  environment?: Record<string, string>;
  /** Options of Node itself. */
  nodeOptions?: string[];
}

/** Starts the built server and waits until it is ready. */
export async function startHookwatchProcess(
  databaseUrl: string,
  { port: wantedPort, environment = {}, nodeOptions = [] }: ProcessOptions = {},
): Promise<HookwatchProcess> {
  const port = wantedPort ?? (await findFreePort());
  const daemon = await startDaemon(
    process.execPath,
    ['--enable-source-maps', ...nodeOptions, 'dist/server/main.js'],
    /is ready at/,
    { ...environmentFor(databaseUrl), PORT: String(port), HOST: '127.0.0.1', ...environment },
  );
  return { ...daemon, port, url: `http://127.0.0.1:${port}` };
}
