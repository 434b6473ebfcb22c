import { setTimeout as wait } from 'node:timers/promises';
import type { Storage } from '../../server/storage/data-source.js';
import { startHookwatchProcess } from '../helpers/hookwatch-process.js';
import { openApi, type TestApi } from '../helpers/hookwatch.js';
import { openTestStorage } from '../helpers/storage.js';

/** Hookwatch as `npm start` runs it, in a process of its own. */
export interface Hookwatch extends Pick<TestApi, 'operator' | 'accountId'> {
  pid: number;
  url: string;
  /** A look into its database that costs it nothing. */
  storage: Storage;
  /** Ends when every delivery of these webhooks has been recorded. */
  recorded(webhookIds: string[]): Promise<void>;
  /** Ends it as an operator would; a second time does nothing. */
  stop(): Promise<void>;
}

/** Starts it with an operator and its usual log; the environment is what one would set besides. */
export async function startHookwatch(
  databaseUrl: string,
  environment: Record<string, string> = {},
): Promise<Hookwatch> {
  const { pid, url, signal, ended } = await startHookwatchProcess(databaseUrl, {
    environment: { LOG_LEVEL: 'info', ...environment },
    nodeOptions: profiling(),
  });
  const storage = await openTestStorage(databaseUrl);
  const { operator, accountId, close } = await openApi(url);
  let stopped = false;
  return {
    ...{ pid, url, operator, accountId, storage },
    async recorded(webhookIds) {
      while (await isAnyPending(storage, webhookIds)) await wait(10);
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      await close();
      await storage.dispose();
      signal('SIGTERM');
      await ended;
    },
  };
}

/** `BENCH_PROFILES` names a folder for the CPU profiles of the servers. */
function profiling(): string[] {
  const folder = process.env['BENCH_PROFILES'];
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}

async function isAnyPending(storage: Storage, webhookIds: string[]): Promise<boolean> {
  const places = webhookIds.map(() => '?').join(', ');
  const rows = await storage.read.query<unknown[]>(
    `select 1 from deliveries where webhook_id in (${places}) and status = 'PENDING' limit 1`,
    webhookIds,
  );
  return rows.length > 0;
}
