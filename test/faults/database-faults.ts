import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { createConnection } from 'mysql2/promise';
import { newBehavior } from '../helpers/operations.js';
import { until } from '../helpers/until.js';
import type { Fault } from './fault.js';
import { openProxied } from './outage.js';
import { startRival } from './rival.js';
import { duplicatesIn, startScene, type Scene } from './scene.js';
import type { Stage } from './stage.js';
import type { TcpProxy } from './tcp-proxy.js';

const PUBLISH = `mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { results { event { id } } } }`;

type Published = { publishEvents: { results: Array<{ event: { id: string } }> } } | null;

/** What a publisher hears while the database is away, locked, full or read-only. */
export async function publishInVain({ api }: Scene): Promise<string> {
  const { status, data, errors } = await api.operator.send<Published>(PUBLISH, {
    input: { events: [newBehavior(api.accountId)] },
  });
  expect(data?.publishEvents ?? null, `status ${status}`).to.equal(null);
  expect(errors?.[0]?.extensions.code).to.equal('INTERNAL');
  return errors![0]!.message;
}

/** A process that reaches MariaDB by a way that can be cut. */
async function startProxied(stage: Stage): Promise<{ scene: Scene; proxy: TcpProxy }> {
  const { proxy, ...urls } = await openProxied(stage);
  return { scene: await startScene(stage, urls), proxy };
}

export const ready = (scene: Scene): Promise<boolean> =>
  until('ready again', async () => (await scene.ready()) === 200, 40_000);

export const notReady = (scene: Scene): Promise<boolean> =>
  until('not ready', async () => (await scene.ready()) === 503, 5_000);

/** What was confirmed before and after an outage arrives. */
export async function allArrive(scene: Scene, before: string[]): Promise<string> {
  const after = await scene.publish(20);
  const times = await scene.delivered([...before, ...after]);
  return `0 of ${times.size} lost, ${duplicatesIn(times)} duplicates`;
}

const away = (ms: number, short?: true): Fault => ({
  row: 9,
  ...(short && { short }),
  engine: 'mariadb',
  title: `the database refuses connections for ${ms / 1000} s: not ready, intake fails clearly, all resumes by itself`,
  async run(stage) {
    const { scene, proxy } = await startProxied(stage);
    const before = await scene.publish(20);
    proxy.refuse();
    await notReady(scene);
    const message = await publishInVain(scene);
    expect(message).to.match(/^The database is not available: try again later/);
    await wait(ms);
    proxy.pass();
    await ready(scene);
    return `"${message.slice(0, 47)}…"; ${await allArrive(scene, before)}`;
  },
});

const hung = (ms: number): Fault => ({
  row: 9,
  engine: 'mariadb',
  title: `the database hangs for ${ms / 1000} s: not ready, what waits is given up after 30 s, all resumes by itself`,
  async run(stage) {
    const { scene, proxy } = await startProxied(stage);
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
  },
});

/** Publishes event after event, each until a call confirms it, while something happens. */
async function publishDuring(
  { api }: Scene,
  happening: () => Promise<unknown>,
): Promise<{ confirmed: string[]; failed: number }> {
  const confirmed: string[] = [];
  let failed = 0;
  let isOver = false;
  const publishing = (async () => {
    while (!isOver) {
      const event = newBehavior(api.accountId, { idempotencyKey: `event-${confirmed.length}` });
      const { data } = await api.operator.send<Published>(PUBLISH, { input: { events: [event] } });
      const id = data?.publishEvents?.results[0]?.event.id;
      if (id === undefined) failed += 1;
      else confirmed.push(id);
    }
  })();
  try {
    await happening();
  } finally {
    isOver = true;
    await publishing;
  }
  return { confirmed, failed };
}

/** Row 9: the database goes away in every way. */
export const databaseFaults: Fault[] = [
  away(2_000, true),
  away(60_000),
  hung(3_000),
  hung(60_000),
  {
    row: 9,
    engine: 'mariadb',
    title: 'connections are reset in the middle of transactions, 30 times: nothing confirmed is lost',
    async run(stage) {
      const { scene, proxy } = await startProxied(stage);
      const { confirmed, failed } = await publishDuring(scene, async () => {
        for (let resets = 0; resets < 30; resets += 1) {
          await wait(50 + Math.random() * 100);
          proxy.reset();
        }
      });
      const times = await scene.delivered(confirmed, 90_000);
      return `${confirmed.length} confirmed, ${failed} calls failed, 0 lost, ${duplicatesIn(times)} duplicates`;
    },
  },
  {
    row: 9,
    short: true,
    engine: 'mariadb',
    title: 'another program deadlocks with it, 20 times: nothing fails, nothing is sent twice',
    async run(stage) {
      const databaseUrl = await stage.createUrl();
      const scene = await startScene(stage, { databaseUrl });
      const rival = await stage.open(startRival(databaseUrl), (it) => it.end());
      let deadlocks = 0;
      const { confirmed, failed } = await publishDuring(scene, () =>
        until('20 deadlocks', async () => (deadlocks = await rival.deadlocks()) >= 20, 30_000),
      );
      await rival.end();
      const times = await scene.delivered(confirmed);
      expect({ failed, duplicates: duplicatesIn(times) }).to.deep.equal({ failed: 0, duplicates: 0 });
      return `${deadlocks} deadlocks; ${confirmed.length} confirmed, 0 lost, 0 duplicates`;
    },
  },
  {
    row: 9,
    engine: 'mariadb',
    title: 'the database is read-only: not ready, intake fails clearly, all resumes by itself',
    async run(stage) {
      const url = await stage.createUrl();
      const admin = await stage.open(createConnection(url), async (it) => {
        await it.query('set global read_only = 0');
        await it.end();
      });
      const name = new URL(url).pathname.slice(1);
      // Read-only does not bind those who may do everything.
      await admin.query(`create or replace user plain@'127.0.0.1' identified by 'plain'`);
      await admin.query(`grant all on ${name}.* to plain@'127.0.0.1'`);
      const databaseUrl = Object.assign(new URL(url), { username: 'plain', password: 'plain' }).href;
      const scene = await startScene(stage, { databaseUrl, directUrl: url });
      const before = await scene.publish(20);
      await scene.delivered(before);
      await admin.query('set global read_only = 1');
      await notReady(scene);
      const message = await publishInVain(scene);
      expect(message).to.match(/^The database is not available/);
      await admin.query('set global read_only = 0');
      await ready(scene);
      return await allArrive(scene, before);
    },
  },
];
