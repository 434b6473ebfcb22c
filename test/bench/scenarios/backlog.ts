import { setTimeout as wait } from 'node:timers/promises';
import { createQueue } from '../../../server/delivery/queue.js';
import { openTestStorage } from '../../helpers/storage.js';
import { multiply } from '../backlog.js';
import type { Bench, Engine } from '../bench.js';
import { alternate, median, progress, ROUNDS, type Contender, type Row } from '../measure.js';
import { residentMb } from '../processor.js';
import { createPublisher, createTenants } from '../tenants.js';

const WEBHOOKS = 10;
const WAITING = 1_000;
const COPIES = 999;
const CLAIMS_A_RUN = 30;
const DELIVERIES_A_CLAIM = 200;
const LOAD_SECONDS = 8;
const ENGINES: readonly Engine[] = ['SQLite', 'MariaDB'];

/** What a million waiting deliveries do to the cost of a claim and to the memory of a worker. */
export async function measureBacklog(bench: Bench): Promise<Row[]> {
  const claims: Row[] = [];
  const memory: Row[] = [];
  for (const engine of ENGINES) {
    const small = await createBacklog(bench, engine, 0);
    const large = await createBacklog(bench, engine, COPIES);
    claims.push(await compareClaims(engine, small, large));
    memory.push(await measureMemory(bench, engine, large));
  }
  return [...claims, ...memory];
}

interface Backlog {
  databaseUrl: string;
  webhookIds: string[];
}

/** Publishes a thousand events that stay; then multiplies them. */
async function createBacklog(
  { sink, createDatabase, openHookwatch }: Bench,
  engine: Engine,
  copies: number,
): Promise<Backlog> {
  const databaseUrl = await createDatabase(engine);
  const server = await openHookwatch(databaseUrl, { GRACE_PERIOD: '0s', DELIVERY_TIMEOUT: '2m' });
  const url = await sink.ask('url');
  await sink.ask('hold');
  const tenants = await createTenants(server, WEBHOOKS, (index) => ({ targetUrl: `${url}/held/${index}` }));
  await (await createPublisher(server)).publish(tenants, WAITING);
  await server.stop();
  await sink.ask('open');
  const webhookIds = tenants.map(({ webhookId }) => webhookId);
  if (copies > 0) await multiply(databaseUrl, webhookIds, copies);
  progress(`${engine}: ${((copies + 1) * WAITING).toLocaleString('en')} deliveries wait`);
  return { databaseUrl, webhookIds };
}

async function compareClaims(engine: Engine, small: Backlog, large: Backlog): Promise<Row> {
  const [few, many] = [await openClaims(small.databaseUrl), await openClaims(large.databaseUrl)];
  try {
    const contender = (count: string, run: Contender['run']): Contender => ({
      ...{ program: `${count} waiting`, unit: 'ms' },
      run,
    });
    const [measured, against] = await alternate([
      contender('1,000,000', many.run),
      contender('1,000', few.run),
    ]);
    return {
      what: `A claim of ${DELIVERIES_A_CLAIM} with 1,000,000 waiting against 1,000, ${engine}`,
      ...{ measured: measured!, against: against! },
      target: { kind: 'ratio', bound: 'at most', limit: 2 },
    };
  } finally {
    await few.close();
    await many.close();
  }
}

/** The queue of the engine on a database; what is claimed is given back, outside the time that is measured. */
async function openClaims(
  databaseUrl: string,
): Promise<{ run: Contender['run']; close: () => Promise<void> }> {
  const storage = await openTestStorage(databaseUrl);
  const queue = createQueue({ storage, leaseMs: 60_000, autoDisableAfterMs: 86_400_000 });
  await queue.repair();
  const claim = async (): Promise<number> => {
    const startedAt = performance.now();
    const claimed = await queue.claim({
      limit: DELIVERIES_A_CLAIM,
      roomFor: () => DELIVERIES_A_CLAIM,
      full: [],
    });
    const tookMs = performance.now() - startedAt;
    if (claimed.length < DELIVERIES_A_CLAIM / 2) throw new Error(`A claim took only ${claimed.length}`);
    await queue.release(claimed);
    return tookMs;
  };
  return {
    async run() {
      const took: number[] = [];
      for (let number = 0; number < CLAIMS_A_RUN; number += 1) took.push(await claim());
      return median(took);
    },
    close: () => storage.dispose(),
  };
}

/** The most that is seen of a worker's memory while it delivers what waits. */
async function measureMemory(
  { openHookwatch }: Bench,
  engine: Engine,
  { databaseUrl }: Backlog,
): Promise<Row> {
  const values: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const server = await openHookwatch(databaseUrl, { GRACE_PERIOD: '1s' });
    let most = 0;
    for (let sample = 0; sample < LOAD_SECONDS * 10; sample += 1) {
      await wait(100);
      most = Math.max(most, residentMb(server.pid));
    }
    values.push(most);
    progress(`${engine}: ${most.toFixed(0)} MB`);
    await server.stop();
  }
  return {
    what: `Most memory of a process that delivers with 1,000,000 waiting, ${engine}`,
    measured: { program: engine, unit: 'MB', values },
    target: { kind: 'value', bound: 'at most', limit: 350 },
  };
}
