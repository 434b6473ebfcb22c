import type { Bench, Engine } from '../bench.js';
import { percentile, progress, takeTurns, type Row } from '../measure.js';
import { pace } from '../pace.js';
import { createPublisher, createTenants } from '../tenants.js';

const RATE = 200;
const SECONDS = 8;
const ENGINES: readonly Engine[] = ['SQLite', 'MariaDB'];

/** How old an event is when it reaches its receiver, counted from when its publisher was to send it. */
export async function measureLatency(bench: Bench): Promise<Row[]> {
  const runs: Array<() => Promise<number[]>> = [];
  for (const engine of ENGINES) runs.push(await timing(bench, engine));
  const results = await takeTurns(runs);
  return ENGINES.flatMap((engine, index) => {
    const row = (percent: number, limit: number): Row => ({
      what: `publishEvents → request at the receiver, ${RATE} events/s, ${engine}: p${percent}`,
      measured: {
        ...{ program: engine, unit: 'ms' },
        values: results[index]!.map((ages) => percentile(ages, percent)),
      },
      target: { kind: 'value', bound: 'at most', limit },
    });
    return [row(50, 15), row(99, 60)];
  });
}

/** One run answers the ages of its events, in ms. */
async function timing({ sink, startHookwatch }: Bench, engine: Engine): Promise<() => Promise<number[]>> {
  const server = await startHookwatch(engine);
  const url = await sink.ask('url');
  const [tenant] = await createTenants(server, 1, () => ({ targetUrl: `${url}/timed` }));
  const publisher = await createPublisher(server);
  const run = async (seconds: number): Promise<number[]> => {
    await sink.ask('takeAges');
    await pace(RATE, seconds, (dueAt) => publisher.publishTimed(tenant!, dueAt));
    await server.recorded([tenant!.webhookId]);
    const ages = await sink.ask('takeAges');
    progress(
      `${engine}: p50 ${percentile(ages, 50).toFixed(1)} ms, p99 ${percentile(ages, 99).toFixed(1)} ms`,
    );
    return ages;
  };
  await run(SECONDS / 2);
  return () => run(SECONDS);
}
