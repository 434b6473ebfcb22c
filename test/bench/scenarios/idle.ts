import { setTimeout as wait } from 'node:timers/promises';
import type { Bench, Engine } from '../bench.js';
import type { Row } from '../measure.js';
import { ROUNDS } from '../measure.js';
import { processorMs } from '../processor.js';
import { createTenants } from '../tenants.js';

const SECONDS = 10;
const ENGINES: readonly Engine[] = ['SQLite', 'MariaDB'];

/** How much of a core a process with ten webhooks takes while nothing happens; both at once, as they do nothing. */
export async function measureIdle({ startHookwatch }: Bench): Promise<Row[]> {
  const series = ENGINES.map((program) => ({ program, unit: '% of a core', values: [] as number[] }));
  const pids: number[] = [];
  for (const engine of ENGINES) {
    const server = await startHookwatch(engine);
    await createTenants(server, 10, () => ({ targetUrl: 'http://127.0.0.1:9' }));
    pids.push(server.pid);
  }
  await wait(SECONDS * 1_000);
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = pids.map(processorMs);
    await wait(SECONDS * 1_000);
    for (const [index, pid] of pids.entries())
      series[index]!.values.push((processorMs(pid) - before[index]!) / (SECONDS * 10));
  }
  return series.map((measured) => ({
    what: `An idle process, ${measured.program}`,
    measured,
    target: { kind: 'value', bound: 'at most', limit: 1 },
  }));
}
