import { setTimeout as wait } from 'node:timers/promises';
import { createToken } from '../../helpers/operations.js';
import type { Bench } from '../bench.js';
import { percentile, progress, ROUNDS, type Row } from '../measure.js';
import { pace } from '../pace.js';
import type { Subscribers } from '../subscribers.js';
import { createPublisher, createTenants } from '../tenants.js';

const SUBSCRIBERS = 100;
const TOKENS = 10;
const WEBHOOKS = 4;
const EVENTS_A_CALL = 100;
const SECONDS = 4;
/** What is still on its way then counts as it arrives. */
const SETTLE_MS = 1_500;
const RATES = [200, 2_000] as const;

/** How old an attempt is when live subscribers have it; one that they were told to have missed counts as never. */
export async function measureLive(bench: Bench): Promise<Row[]> {
  const server = await bench.startHookwatch('SQLite');
  const url = await bench.sink.ask('url');
  const tenants = await createTenants(server, WEBHOOKS, (index) => ({ targetUrl: `${url}/${index}` }));
  const publisher = await createPublisher(server);
  const tokens: string[] = [];
  while (tokens.length < TOKENS) tokens.push(await createToken(server.operator, server.accountId, 'READ'));
  const subscribers = bench.start<Subscribers>('subscribers');
  await subscribers.ask('open', server.url, tokens, SUBSCRIBERS);

  const run = async (rate: number): Promise<number> => {
    await subscribers.ask('reset');
    await pace(rate / EVENTS_A_CALL, SECONDS, () =>
      publisher.publish(tenants, EVENTS_A_CALL, { eventsACall: EVENTS_A_CALL, callsAtATime: 1 }),
    );
    await server.recorded(tenants.map(({ webhookId }) => webhookId));
    await wait(SETTLE_MS);
    const [ages, missed] = [await subscribers.ask('ages'), await subscribers.ask('missed')];
    const share = missed / (ages.length + missed);
    const p99 = percentile([...ages, ...Array.from({ length: missed }, () => Infinity)], 99);
    progress(
      `${rate} attempts/s: p50 ${percentile(ages, 50).toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, missed ${(share * 100).toFixed(1)} %`,
    );
    return p99;
  };
  await run(RATES[0]);
  const rows: Row[] = [];
  for (const rate of RATES) {
    const values: number[] = [];
    while (values.length < ROUNDS) values.push(await run(rate));
    rows.push({
      what: `Attempt ended → ${SUBSCRIBERS} live subscribers have it, ${rate.toLocaleString('en')} attempts/s: p99`,
      measured: { program: 'SQLite', unit: 'ms', values },
      ...(rate === 2_000 && { target: { kind: 'value', bound: 'at most', limit: 300 } as const }),
    });
  }
  return rows;
}
