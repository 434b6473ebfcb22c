import type { Bench } from '../bench.js';
import { alternate, rateOf, type Contender, type Row } from '../measure.js';
import { CONCURRENCY, type Peer } from '../peers/peer.js';
import type { Program } from '../programs.js';
import type { Hookwatch } from '../hookwatch.js';
import { createPublisher, createTenants, SAMPLE_BODY } from '../tenants.js';

const COUNT = 20_000;
const WARM_UP = 6_000;
/** What Hookwatch allows a webhook by itself. */
const REQUESTS_A_WEBHOOK = 16;
const WEBHOOKS = CONCURRENCY / REQUESTS_A_WEBHOOK;
const unit = 'deliveries/s';

/** Durable one-request deliveries, against programs that send the same to the same sink. */
export async function measureDeliveries(bench: Bench): Promise<Row[]> {
  const redis = await bench.startRedis();
  const peer = (program: string, file: string, ...parameters: string[]): Promise<Contender> =>
    peerContender(bench, program, bench.start<Peer>(`peers/${file}`, ...parameters));
  const contenders = [
    await peer('got loop', 'got-loop', 'promise'),
    await peer('got loop (streams)', 'got-loop', 'stream'),
    await peer('BullMQ', 'bullmq', redis, await bench.createDatabase('MariaDB')),
    await hookwatchContender(bench, 'Hookwatch, SQLite', await bench.startHookwatch('SQLite', SETTINGS)),
    await hookwatchContender(bench, 'Hookwatch, MariaDB', await bench.startHookwatch('MariaDB', SETTINGS)),
  ];
  const [loop, streams, bullmq, sqlite, mariadb] = await alternate(contenders);
  const row = (what: string, measured = sqlite!, against = loop!, limit?: number): Row => ({
    ...{ what, measured, against },
    ...(limit !== undefined && { target: { kind: 'ratio', bound: 'at least', limit } }),
  });
  return [
    row('Durable deliveries, SQLite, against a bare got loop', sqlite, loop, 0.8),
    row('Durable deliveries, MariaDB, against a bare got loop', mariadb, loop, 0.75),
    row('Durable deliveries, SQLite, against a bare loop of got’s cheaper stream API', sqlite, streams),
    row('Durable deliveries, MariaDB, against a bare loop of got’s cheaper stream API', mariadb, streams),
    row('Durable deliveries, SQLite, against BullMQ + got + an insert per attempt', sqlite, bullmq, 2),
    row('Durable deliveries, MariaDB, against BullMQ + got + an insert per attempt', mariadb, bullmq, 2),
  ];
}

/** While deliveries pile up behind the first ones, these must not time out. */
const SETTINGS = { DELIVERY_TIMEOUT: '2m' };

/** Publishes while the sink answers nothing; measures from its first answer until the last delivery is recorded. */
async function hookwatchContender({ sink }: Bench, program: string, server: Hookwatch): Promise<Contender> {
  const url = await sink.ask('url');
  const tenants = await createTenants(server, WEBHOOKS, (index) => ({ targetUrl: `${url}/held/${index}` }));
  const publisher = await createPublisher(server);
  const webhookIds = tenants.map(({ webhookId }) => webhookId);
  const drain = async (count: number): Promise<number> => {
    await sink.ask('reset');
    await sink.ask('hold');
    await publisher.publish(tenants, count);
    return rateOf(count, async () => {
      await sink.ask('open');
      await sink.ask('waitFor', count);
      await server.recorded(webhookIds);
    });
  };
  await drain(WARM_UP);
  return { program, unit, run: () => drain(COUNT) };
}

async function peerContender({ sink }: Bench, program: string, peer: Program<Peer>): Promise<Contender> {
  const url = await sink.ask('url');
  const urls = Array.from({ length: WEBHOOKS }, (_, index) => `${url}/${index}`);
  const deliver = async (count: number): Promise<number> => {
    await peer.ask('prepare', urls, SAMPLE_BODY, count);
    return rateOf(count, () => peer.ask('deliver'));
  };
  await deliver(WARM_UP);
  return { program, unit, run: () => deliver(COUNT) };
}
