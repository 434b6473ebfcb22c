import { multiply } from '../backlog.js';
import type { Bench } from '../bench.js';
import { alternate, rateOf, type Contender, type Row } from '../measure.js';
import { createPublisher, createTenants } from '../tenants.js';

const COUNT = 13_500;
const WARM_UP = 4_500;
const HEALTHY = 9;
const STUCK = 1_000;
const COPIES = 99;

/** What nine webhooks get delivered while the tenth takes five seconds a request and has 100,000 deliveries due. */
export async function measureTarpit(bench: Bench): Promise<Row[]> {
  const [beside, alone] = await alternate([
    await healthy(bench, 'beside a tarpit', COPIES),
    await healthy(bench, 'without one', 0),
  ]);
  return [
    {
      what: 'Nine healthy webhooks beside a tarpit with 100,000 due',
      measured: beside!,
      against: alone!,
      target: { kind: 'ratio', bound: 'at least', limit: 0.9 },
    },
  ];
}

async function healthy(
  { sink, createDatabase, openHookwatch }: Bench,
  program: string,
  copies: number,
): Promise<Contender> {
  const databaseUrl = await createDatabase('SQLite');
  const url = await sink.ask('url');
  const first = await openHookwatch(databaseUrl, { GRACE_PERIOD: '1s' });
  const tenants = await createTenants(first, HEALTHY, (index) => ({ targetUrl: `${url}/held/${index}` }));
  const [tarpit] = await createTenants(first, 1, () => ({ targetUrl: `${url}/tarpit` }));
  if (copies > 0) await (await createPublisher(first)).publish([tarpit!], STUCK);
  await first.stop();
  if (copies > 0) await multiply(databaseUrl, [tarpit!.webhookId], copies);

  const server = await openHookwatch(databaseUrl, { DELIVERY_TIMEOUT: '2m', GRACE_PERIOD: '1s' });
  const publisher = await createPublisher(server);
  const webhookIds = tenants.map(({ webhookId }) => webhookId);
  const drain = async (count: number): Promise<number> => {
    await sink.ask('hold');
    await publisher.publish(tenants, count);
    return rateOf(count, async () => {
      await sink.ask('open');
      await server.recorded(webhookIds);
    });
  };
  await drain(WARM_UP);
  return { program, unit: 'deliveries/s', run: () => drain(COUNT) };
}
