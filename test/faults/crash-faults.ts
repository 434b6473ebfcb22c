import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { createConnection } from 'mysql2/promise';
import { environmentFor } from '../helpers/hookwatch.js';
import { countLeases } from '../helpers/queued.js';
import { until } from '../helpers/until.js';
import type { Fault } from './fault.js';
import { createHeldDatabase, fileOf } from './outage.js';
import { duplicatesIn, startScene } from './scene.js';

const SHORT_LEASE = { LEASE: '1s' };

/** Rows 1 to 5: kill -9 at the moments that matter. */
export const crashFaults: Fault[] = [
  {
    row: 1,
    title: 'kill -9 while a request is on the wire: sent again after the lease, under the same id',
    async run(stage) {
      const scene = await startScene(stage, {
        databaseUrl: await stage.createUrl(),
        environment: SHORT_LEASE,
      });
      scene.receiver.reply(() => new Promise<number>(() => undefined));
      const ids = await scene.publish();
      await scene.receiver.waitFor(1);
      await scene.server.kill();
      await scene.restart();
      expect(await scene.delivered(ids)).to.deep.equal(new Map([[ids[0], 2]]));
      return 'sent twice under one id, delivered';
    },
  },
  {
    row: 2,
    title: 'kill -9 between claim and request: sent once',
    async run(stage) {
      const environment = { ...SHORT_LEASE, WEBHOOK_CONCURRENCY: '1' };
      const scene = await startScene(stage, { databaseUrl: await stage.createUrl(), environment });
      scene.receiver.reply(() => new Promise<number>(() => undefined));
      const [sent, claimed] = [...(await scene.publish()), ...(await scene.publish())];
      await until('both claimed', async () => (await countLeases(scene.storage)) === 2);
      await scene.receiver.waitFor(1);
      await scene.server.kill();
      await scene.restart();
      const times = await scene.delivered([sent!, claimed!]);
      expect(times.get(claimed!)).to.equal(1);
      return `what was claimed: 1 request; what was on the wire: ${times.get(sent!)}`;
    },
  },
  {
    row: 3,
    short: true,
    title: 'kill -9 after the 2xx and before the commit: one duplicate',
    async run(stage) {
      const { hold, release, ...urls } = await createHeldDatabase(stage);
      const scene = await startScene(stage, { ...urls, environment: SHORT_LEASE });
      scene.receiver.reply(() => {
        hold();
        return 200;
      });
      const ids = await scene.publish();
      await scene.receiver.waitFor(1);
      // The reply has long been read by then, and the recorder is waiting.
      await wait(300);
      await scene.server.kill();
      release();
      await scene.restart();
      expect(await scene.delivered(ids)).to.deep.equal(new Map([[ids[0], 2]]));
      return '1 duplicate under the same id';
    },
  },
  {
    row: 5,
    short: true,
    title: 'kill -9 inside a migration: the next start completes it',
    async run(stage) {
      const databaseUrl = await stage.createUrl();
      const seen: string[] = [];
      for (const tables of [1, 4, 8, 12]) seen.push(await killWhileMigrating(databaseUrl, tables));
      const scene = await startScene(stage, { databaseUrl });
      expect(duplicatesIn(await scene.delivered(await scene.publish(5)))).to.equal(0);
      return `cut off after ${seen.join(', ')}, then it works`;
    },
  },
];

/** Kills a starting process as soon as it has made so many tables (SQLite: written once); answers what it left. */
async function killWhileMigrating(databaseUrl: string, tables: number): Promise<string> {
  const isFile = databaseUrl.startsWith('sqlite:');
  const before = isFile ? walBytes(databaseUrl) : 0;
  const environment = { ...environmentFor(databaseUrl), PORT: '0' };
  const child = spawn(process.execPath, ['dist/server/main.js'], { env: environment, stdio: 'ignore' });
  const ended = once(child, 'exit');
  try {
    return isFile ? await firstWrite(databaseUrl, before) : await countTables(databaseUrl, tables);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

/** Waits until more is written to SQLite's log, where all its tables come in one transaction. */
async function firstWrite(databaseUrl: string, before: number): Promise<string> {
  while (walBytes(databaseUrl) <= before) await turn();
  return `${walBytes(databaseUrl)} bytes`;
}

const walBytes = (databaseUrl: string): number =>
  statSync(`${fileOf(databaseUrl)}-wal`, { throwIfNoEntry: false })?.size ?? -1;

/** Waits until so many tables are there; answers how many there are. */
async function countTables(databaseUrl: string, tables: number): Promise<string> {
  const connection = await createConnection(databaseUrl);
  try {
    for (;;) {
      const [rows] = await connection.query('show tables');
      const made = (rows as unknown[]).length;
      if (made >= tables) return `${made} tables`;
    }
  } finally {
    await connection.end();
  }
}
