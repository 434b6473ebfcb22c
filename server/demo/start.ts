import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { loadConfig, type Config } from '../config.js';
import { createServer } from '../server.js';
import { createApi } from './api.js';
import { setUpCompany, type Operator } from './company.js';
import { startFakeHec } from './fake-hec.js';
import { startGenerator } from './generator.js';
import { startFlakyReceiver, startHealthyReceiver, startSlowReceiver } from './receivers.js';

/** A running demonstration. */
export interface Demo extends Operator {
  url: string;
  /** The token that repairs the integration "Splunk US". */
  hecToken: string;
  /** Ends everything and removes what was stored. */
  dispose(): Promise<void>;
}

const DELIVERY_TIMEOUT_MS = 4_000;

/** Starts Hookwatch with a company, its receivers and a stream of events; `environment` may set PORT and the like. */
export async function startDemo(environment: NodeJS.ProcessEnv): Promise<Demo> {
  const endings: Array<() => unknown> = [];
  const later = <T>(part: T, end: (part: T) => unknown): T => {
    endings.unshift(() => end(part));
    return part;
  };
  const dispose = async (): Promise<void> => {
    for (const end of endings.splice(0)) await end();
  };
  try {
    const folder = later(createTemporaryFolder(), ({ remove }) => remove());
    const keys = { healthyKey: randomUUID(), hecToken: randomUUID(), oldHecToken: randomUUID() };
    const healthy = later(await startHealthyReceiver(keys.healthyKey), ({ close }) => close());
    const flaky = later(await startFlakyReceiver(), ({ close }) => close());
    const slow = later(await startSlowReceiver(DELIVERY_TIMEOUT_MS), ({ close }) => close());
    const hec = later(
      await startFakeHec({
        tokens: [{ value: keys.hecToken, indexes: ['security'] }],
        delay: (signal) => wait(5 + Math.random() * 40, undefined, { signal }),
      }),
      ({ close }) => close(),
    );
    const ports = [healthy, flaky, slow, hec].map(({ port }) => port);
    const config = configure(environment, folder.path, ports);
    const server = later(await createServer(config), ({ dispose: end }) => end());
    const operator = { email: 'demo@example.com', password: randomBytes(12).toString('base64url') };
    const setupToken = new URL(server.setupUrl!).searchParams.get('token')!;
    const targets = { healthyUrl: healthy.url, flakyUrl: flaky.url, slowUrl: slow.url, hecUrl: hec.url };
    const company = await setUpCompany(createApi(server.url), setupToken, operator, { ...targets, ...keys });
    later(
      startGenerator(company, (error) => console.error(error.message)),
      ({ stop }) => stop(),
    );
    return { url: server.url, ...operator, hecToken: keys.hecToken, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Removed at the latest when the process exits. */
function createTemporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'hookwatch-demo-'));
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(path, { recursive: true, force: true });
  };
  process.once('exit', remove);
  return { path, remove };
}

/** Everything is quicker than in earnest, so that retries can be watched. */
const configure = (environment: NodeJS.ProcessEnv, folder: string, ports: number[]): Config => ({
  ...loadConfig({
    LOG_LEVEL: 'warn',
    ...environment,
    DATABASE_URL: `sqlite:${join(folder, 'hookwatch.sqlite')}`,
    ALLOWED_PRIVATE_TARGETS: ports.map((port) => `127.0.0.1/32:${port}`).join(','),
    EGRESS_ADDRESSES: '127.0.0.1',
    DELIVERY_TIMEOUT: `${DELIVERY_TIMEOUT_MS}ms`,
    RETRY_SCHEDULE: '3s,6s,12s,25s,50s,90s',
    QUICK_RETRIES: '1',
    GRACE_PERIOD: '2s',
  }),
  demo: true,
});
