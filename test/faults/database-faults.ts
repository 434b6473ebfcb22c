import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { createConnection } from 'mysql2/promise';
import { sharedMariaDb, type TestDatabase } from '../helpers/databases.js';
import { newBehavior } from '../helpers/operations.js';
import { until } from '../helpers/until.js';
import type { Fault } from './fault.js';
import { createHeldDatabase, through } from './outage.js';
import { duplicatesIn, startScene, type Scene } from './scene.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

/** What a publisher hears while the database is away. */
async function publishInVain({ api }: Scene): Promise<string> {
  const { status, data, errors } = await api.operator.send<{ publishEvents: unknown } | null>(
    `mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { results { event { id } } } }`,
    { input: { events: [newBehavior(api.accountId)] } },
  );
  expect(data?.publishEvents ?? null, `status ${status}`).to.equal(null);
  expect(errors?.[0]?.extensions.code).to.equal('INTERNAL');
  return errors![0]!.message;
}

/** A process that reaches MariaDB by a way that can be cut. */
async function withProxy(
  database: TestDatabase,
  body: (scene: Scene, proxy: TcpProxy) => Promise<string>,
): Promise<string> {
  const directUrl = await database.createUrl();
  const proxy = await startTcpProxy((await sharedMariaDb()).port);
  const scene = await startScene({ databaseUrl: through(directUrl, proxy.port), directUrl });
  try {
    return await body(scene, proxy);
  } finally {
    await scene.end();
    await proxy.close();
  }
}

const ready = (scene: Scene): Promise<boolean> =>
  until('ready again', async () => (await scene.ready()) === 200, 40_000);

const notReady = (scene: Scene): Promise<boolean> =>
  until('not ready', async () => (await scene.ready()) === 503, 5_000);

/** What was confirmed before and after an outage arrives. */
async function allArrive(scene: Scene, before: string[]): Promise<string> {
  const after = await scene.publish(20);
  const times = await scene.delivered([...before, ...after]);
  return `0 of ${times.size} lost, ${duplicatesIn(times)} duplicates`;
}

const away = (row: number, ms: number, short?: true): Fault => ({
  row,
  ...(short && { short }),
  engine: 'mariadb',
  title: `the database refuses connections for ${ms / 1000} s: not ready, intake fails clearly, all resumes by itself`,
  run: (database) =>
    withProxy(database, async (scene, proxy) => {
      const before = await scene.publish(20);
      proxy.refuse();
      await notReady(scene);
      const message = await publishInVain(scene);
      expect(message).to.match(/^The database is not available: try again later/);
      await wait(ms);
      proxy.pass();
      await ready(scene);
      return `"${message.slice(0, 47)}…"; ${await allArrive(scene, before)}`;
    }),
});

const hung = (row: number, ms: number, short?: true): Fault => ({
  row,
  ...(short && { short }),
  engine: 'mariadb',
  title: `the database hangs for ${ms / 1000} s: not ready, what waits is given up after 30 s, all resumes by itself`,
  run: (database) =>
    withProxy(database, async (scene, proxy) => {
      const before = await scene.publish(20);
      await scene.delivered(before);
      proxy.hang();
      const startedAt = performance.now();
      const failed = ms > 30_000 ? publishInVain(scene).then(() => performance.now() - startedAt) : null;
      await notReady(scene);
      await wait(ms);
      proxy.pass();
      await ready(scene);
      const told =
        failed === null ? '' : `publishEvents failed after ${((await failed) / 1000).toFixed(0)} s; `;
      return `${told}${await allArrive(scene, before)}`;
    }),
});

/** Row 9: the database goes away in every way. Row 10: SQLite is locked. */
export const databaseFaults: Fault[] = [
  away(9, 2_000, true),
  away(9, 60_000),
  hung(9, 3_000),
  hung(9, 60_000),
  {
    row: 9,
    engine: 'mariadb',
    title: 'connections are reset in the middle of transactions, 30 times: nothing confirmed is lost',
    run: (database) =>
      withProxy(database, async (scene, proxy) => {
        const confirmed: string[] = [];
        let failed = 0;
        let isOver = false;
        const publishing = (async () => {
          for (let call = 0; !isOver; call += 1) {
            const key = { idempotencyKey: `call-${call}` };
            const events = [newBehavior(scene.api.accountId, key)];
            for (let id: string | undefined; id === undefined;) {
              const { data } = await scene.api.operator.send<{
                publishEvents: { results: Array<{ event: { id: string } }> };
              } | null>(
                `mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { results { event { id } } } }`,
                { input: { events } },
              );
              id = data?.publishEvents?.results[0]?.event.id;
              if (id === undefined) failed += 1;
              else confirmed.push(id);
            }
          }
        })();
        for (let resets = 0; resets < 30; resets += 1) {
          await wait(50 + Math.random() * 100);
          proxy.reset();
        }
        isOver = true;
        await publishing;
        const times = await scene.delivered(confirmed, 90_000);
        return `${confirmed.length} confirmed, ${failed} calls failed, 0 lost, ${duplicatesIn(times)} duplicates`;
      }),
  },
  {
    row: 9,
    engine: 'mariadb',
    title: 'the database is read-only: not ready, intake fails clearly, all resumes by itself',
    async run(database) {
      const url = await database.createUrl();
      const admin = await createConnection(url);
      const name = new URL(url).pathname.slice(1);
      // Read-only does not bind those who may do everything.
      await admin.query(`create or replace user plain@'127.0.0.1' identified by 'plain'`);
      await admin.query(`grant all on ${name}.* to plain@'127.0.0.1'`);
      const databaseUrl = Object.assign(new URL(url), { username: 'plain', password: 'plain' }).href;
      const scene = await startScene({ databaseUrl, directUrl: url });
      try {
        const before = await scene.publish(20);
        await scene.delivered(before);
        await admin.query('set global read_only = 1');
        await notReady(scene);
        const message = await publishInVain(scene);
        expect(message).to.match(/^The database is not available/);
        await admin.query('set global read_only = 0');
        await ready(scene);
        return await allArrive(scene, before);
      } finally {
        await admin.query('set global read_only = 0');
        await admin.end();
        await scene.end();
      }
    },
  },
  ...[3_000, 25_000].map((ms): Fault => ({
    row: 10,
    ...(ms < 10_000 && { short: true }),
    engine: 'sqlite',
    title: `another program locks SQLite for ${ms / 1000} s: alive, not ready, intake waits and then succeeds`,
    async run(database) {
      const held = await createHeldDatabase(database);
      const scene = await startScene(held);
      try {
        const before = await scene.publish(20);
        held.hold();
        const publishing = scene.publish(20);
        await notReady(scene);
        const slowest = await slowestHealthMs(scene, ms);
        held.release();
        const times = await scene.delivered([...before, ...(await publishing)]);
        await ready(scene);
        return `/healthz took ${slowest.toFixed(0)} ms at most; 0 of ${times.size} lost, ${duplicatesIn(times)} duplicates`;
      } finally {
        await scene.end();
        await held.dispose();
      }
    },
  })),
];

/** The longest answer of /healthz within a time: a process that waits must not be asleep. */
async function slowestHealthMs({ server }: Scene, ms: number): Promise<number> {
  const endsAt = performance.now() + ms;
  let slowest = 0;
  while (performance.now() < endsAt) {
    const askedAt = performance.now();
    await fetch(`${server.url}/healthz`);
    slowest = Math.max(slowest, performance.now() - askedAt);
    await wait(50);
  }
  return slowest;
}
