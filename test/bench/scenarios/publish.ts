import type { Bench, Engine } from '../bench.js';
import { alternate, rateOf, type Contender, type Row } from '../measure.js';
import { createPublisher, createTenants } from '../tenants.js';

const COUNT = 10_000;
const WARM_UP = 5_000;

/** How fast events and their deliveries are stored, while the receiver answers nothing. */
export async function measurePublishing(bench: Bench): Promise<Row[]> {
  const series = await alternate([await publishing(bench, 'SQLite'), await publishing(bench, 'MariaDB')]);
  return series.map((measured) => ({
    what: `publishEvents, 100 events a call, one webhook each, ${measured.program}`,
    measured,
    target: { kind: 'value', bound: 'at least', limit: 8_000 },
  }));
}

async function publishing({ sink, startHookwatch }: Bench, engine: Engine): Promise<Contender> {
  const server = await startHookwatch(engine, { DELIVERY_TIMEOUT: '2m' });
  const url = await sink.ask('url');
  const tenants = await createTenants(server, 1, () => ({ targetUrl: `${url}/held` }));
  const publisher = await createPublisher(server);
  const publish = async (count: number): Promise<number> => {
    await sink.ask('hold');
    const rate = await rateOf(count, () => publisher.publish(tenants, count, { eventsACall: 100 }));
    await sink.ask('open');
    await server.recorded(tenants.map(({ webhookId }) => webhookId));
    return rate;
  };
  await publish(WARM_UP);
  return { program: engine, unit: 'events/s', run: () => publish(COUNT) };
}
