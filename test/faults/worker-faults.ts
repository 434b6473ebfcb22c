import { execFileSync } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { countLeases } from '../helpers/queued.js';
import { until } from '../helpers/until.js';
import type { Fault } from './fault.js';
import { createPreload } from './preload.js';
import { duplicatesIn, startScene, type Scene } from './scene.js';

export const EVENTS = 40;
export const CAP = 8;
/** A short lease, and so few requests at a time that more is claimed than sent. */
export const ENVIRONMENT = { LEASE: '2s', WEBHOOK_CONCURRENCY: String(CAP), QUICK_RETRIES: '0' };

/** Publishes events and lets the receiver hold the first requests; what is claimed ahead waits behind them. */
export async function publishAndHold(
  scene: Scene,
): Promise<{ ids: string[]; answer: (status: number) => void }> {
  let answer: (status: number) => void = () => undefined;
  const answered = new Promise<number>((resolve) => (answer = resolve));
  scene.receiver.always(() => answered);
  const ids = await scene.publish(EVENTS);
  await scene.receiver.waitFor(CAP);
  await until('more is claimed than sent', async () => (await countLeases(scene.storage)) > CAP);
  scene.receiver.always(200);
  return { ids, answer };
}

/** Waits until nothing is in anybody's hands, and says how often each event was sent. */
export async function allEndOnce(scene: Scene, ids: readonly string[]): Promise<Map<string, number>> {
  const times = await scene.delivered(ids);
  await until('nobody has anything in hand', async () => (await countLeases(scene.storage)) === 0);
  const rows = await scene.deliveries();
  expect(rows.map(({ status }) => status)).to.deep.equal(Array(ids.length).fill('SUCCEEDED'));
  return times;
}

const answersWithin = (scene: Scene, ms: number): Promise<boolean> =>
  fetch(`${scene.server.url}/healthz`, { signal: AbortSignal.timeout(ms) }).then(
    () => true,
    () => false,
  );

/** Allows a running process so many file descriptors. */
const allowDescriptors = (pid: number, count: number): void =>
  void execFileSync('prlimit', ['--pid', String(pid), `--nofile=${count}:`]);

/** Stops the process within a transaction or outside of any; answers false, and lets it go on, where it is not so. */
async function stop({ server, storage }: Scene, where: 'within' | 'outside'): Promise<boolean> {
  server.signal('SIGSTOP');
  // What it has asked for has been done by then.
  await wait(200);
  const locking = await storage.read.query<unknown[]>(
    'select trx_id from information_schema.innodb_trx where trx_rows_locked > 0',
  );
  if (locking.length > 0 === (where === 'within')) return true;
  server.signal('SIGCONT');
  await wait(Math.random() * 50);
  return false;
}

/** Row 7: a worker that comes back. Row 19: what holds up or races a worker, or takes what it needs. */
export const workerFaults: Fault[] = [
  {
    row: 7,
    short: true,
    engine: 'mariadb',
    title:
      'a worker is stopped for longer than its lease: another one delivers, and its late results change nothing',
    async run(stage) {
      const scene = await startScene(stage, {
        databaseUrl: await stage.createUrl(),
        environment: ENVIRONMENT,
      });
      const { ids, answer } = await publishAndHold(scene);
      await until('it is stopped outside of a transaction', () => stop(scene, 'outside'));
      await scene.startWorker();
      await allEndOnce(scene, ids);
      const before = await scene.deliveries();
      answer(503);
      scene.server.signal('SIGCONT');
      const isLogged = async (): Promise<boolean> =>
        (await scene.count('attempts where http_status = 503')) === CAP;
      await until('the late results are in the log', isLogged);
      expect(await scene.deliveries()).to.deep.equal(before);
      expect(scene.receiver.requests).to.have.lengthOf(EVENTS + CAP);
      return `${EVENTS} delivered by the other; ${CAP} late results in the log, no delivery changed`;
    },
  },
  {
    row: 7,
    engine: 'mariadb',
    title:
      'a worker is stopped in the middle of a transaction: what it has locked does not keep the others waiting',
    async run(stage) {
      const scene = await startScene(stage, {
        databaseUrl: await stage.createUrl(),
        environment: ENVIRONMENT,
      });
      const ids: string[] = [];
      await until('it is stopped within a transaction', async () => {
        ids.push(...(await scene.publish(100)));
        return stop(scene, 'within');
      });
      const startedAt = performance.now();
      await scene.startWorker();
      await scene.delivered(ids, 60_000);
      const tookMs = performance.now() - startedAt;
      scene.server.signal('SIGCONT');
      await allEndOnce(scene, ids);
      return `the others had delivered all after ${(tookMs / 1_000).toFixed(0)} s`;
    },
  },
  {
    row: 19,
    short: true,
    title: 'its event loop is blocked for longer than its lease: each delivery ends once',
    async run(stage) {
      const standstill = await createPreload(stage, 'standstill');
      const scene = await startScene(stage, {
        ...{ databaseUrl: await stage.createUrl(), environment: ENVIRONMENT },
        nodeOptions: standstill.nodeOptions,
      });
      const { ids, answer } = await publishAndHold(scene);
      standstill.command('4000');
      await until('it is blocked', async () => !(await answersWithin(scene, 100)));
      answer(200);
      const times = await allEndOnce(scene, ids);
      expect(duplicatesIn(times)).to.equal(0);
      return `0 of ${EVENTS} lost, 0 duplicates`;
    },
  },
  {
    row: 19,
    engine: 'mariadb',
    title: 'its event loop is blocked while another worker takes over: each delivery ends once',
    async run(stage) {
      const standstill = await createPreload(stage, 'standstill');
      const scene = await startScene(stage, {
        ...{ databaseUrl: await stage.createUrl(), environment: ENVIRONMENT },
        nodeOptions: standstill.nodeOptions,
      });
      const { ids, answer } = await publishAndHold(scene);
      standstill.command('8000');
      await until('it is blocked', async () => !(await answersWithin(scene, 100)));
      // Its own, as the preload would follow the same commands.
      const { nodeOptions } = await createPreload(stage, 'standstill');
      await scene.startWorker({ nodeOptions });
      const times = await allEndOnce(scene, ids);
      answer(200);
      await until('its late results are in the log', async () => {
        return (await scene.count('attempts')) === EVENTS + CAP;
      });
      expect(duplicatesIn(times)).to.equal(CAP);
      return `0 of ${EVENTS} lost; ${CAP} were on the wire and are duplicates`;
    },
  },
  {
    row: 19,
    engine: 'mariadb',
    title: 'two workers race: each event is sent once',
    async run(stage) {
      const scene = await startScene(stage, { databaseUrl: await stage.createUrl() });
      await scene.startWorker();
      const ids = (await Promise.all(Array.from({ length: 10 }, () => scene.publish(100)))).flat();
      const times = await allEndOnce(scene, ids);
      expect(duplicatesIn(times)).to.equal(0);
      return `0 of ${ids.length} lost, 0 duplicates`;
    },
  },
  {
    row: 19,
    title: 'it is out of file descriptors: says so in the log, and delivers when there are some',
    async run(stage) {
      const scene = await startScene(stage, {
        databaseUrl: await stage.createUrl(),
        environment: ENVIRONMENT,
      });
      const { ids, answer } = await publishAndHold(scene);
      scene.receiver.always({ headers: { connection: 'close' } });
      allowDescriptors(scene.server.pid, 10);
      answer(503);
      const isLogged = async (): Promise<boolean> =>
        (await scene.count(`attempts where error_class = 'OUT_OF_RESOURCES'`)) > 0;
      await until('it is in the log', isLogged);
      allowDescriptors(scene.server.pid, 1_024);
      await allEndOnce(scene, ids);
      const failed = await scene.count(`attempts where error_class = 'OUT_OF_RESOURCES'`);
      return `${failed} attempts failed for want of one; 0 of ${EVENTS} lost`;
    },
  },
];
