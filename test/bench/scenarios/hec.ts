import type { Bench, Engine } from '../bench.js';
import { HEC_TOKEN, type Hec } from '../hec.js';
import { alternate, rateOf, type Contender, type Row } from '../measure.js';
import { createPublisher, createTenants } from '../tenants.js';

const WEBHOOKS = 4;

/** Durable events into a Splunk HTTP Event Collector, in batches and one by one. */
export async function measureHec(bench: Bench): Promise<Row[]> {
  const hec = bench.start<Hec>('hec');
  const sending = async (engine: Engine, batch: boolean, count: number): Promise<Contender> => {
    const server = await bench.startHookwatch(engine, { DELIVERY_TIMEOUT: '2m' });
    const targetUrl = await hec.ask('url');
    const tenants = await createTenants(server, WEBHOOKS, () => ({
      ...{ provider: 'SPLUNK', targetUrl, secretKey: HEC_TOKEN, splunk: { batch } },
    }));
    const publisher = await createPublisher(server);
    const drain = async (size: number): Promise<number> => {
      await hec.ask('reset');
      await hec.ask('hold');
      await publisher.publish(tenants, size);
      return rateOf(size, async () => {
        await hec.ask('open');
        await hec.ask('waitFor', size);
        await server.recorded(tenants.map(({ webhookId }) => webhookId));
      });
    };
    await drain(count / 2);
    const program = `${engine}, ${batch ? 'batched' : 'one by one'}`;
    return { program, unit: 'events/s', run: () => drain(count) };
  };
  const [batched, single, onMariaDb] = await alternate([
    await sending('SQLite', true, 50_000),
    await sending('SQLite', false, 10_000),
    await sending('MariaDB', true, 50_000),
  ]);
  return [
    {
      what: 'Durable events to a fake HEC in batches, SQLite',
      measured: batched!,
      target: { kind: 'value', bound: 'at least', limit: 10_000 },
    },
    {
      what: 'The same against one event a request',
      measured: batched!,
      against: single!,
      target: { kind: 'ratio', bound: 'at least', limit: 5 },
    },
    {
      what: 'Durable events to a fake HEC in batches, MariaDB',
      measured: onMariaDb!,
      target: { kind: 'value', bound: 'at least', limit: 10_000 },
    },
  ];
}
