import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { createConnection } from 'mysql2/promise';
import { environmentFor } from '../helpers/hookwatch.js';
import { countLeases } from '../helpers/queued.js';
import { openTestStorage } from '../helpers/storage.js';
import { until } from '../helpers/until.js';
import type { Fault } from './fault.js';
import { createHeldDatabase } from './outage.js';
import { duplicatesIn, startScene } from './scene.js';

const SHORT_LEASE = { LEASE: '1s' };

/** Rows 1 to 5: kill -9 at the moments that matter. */
export const crashFaults: Fault[] = [
  {
    row: 1,
    title: 'kill -9 while a request is on the wire: sent again after the lease, under the same id',
    async run(database) {
      const scene = await startScene({ databaseUrl: await database.createUrl(), environment: SHORT_LEASE });
      try {
        scene.receiver.reply(() => new Promise<number>(() => undefined));
        const ids = await scene.publish();
        await scene.receiver.waitFor(1);
        await scene.server.kill();
        await scene.restart();
        expect(await scene.delivered(ids)).to.deep.equal(new Map([[ids[0], 2]]));
        return 'sent twice under one id, delivered';
      } finally {
        await scene.end();
      }
    },
  },
  {
    row: 2,
    title: 'kill -9 between claim and request: sent once',
    async run(database) {
      const databaseUrl = await database.createUrl();
      const environment = { ...SHORT_LEASE, WEBHOOK_CONCURRENCY: '1' };
      const scene = await startScene({ databaseUrl, environment });
      const storage = await openTestStorage(databaseUrl);
      try {
        scene.receiver.reply(() => new Promise<number>(() => undefined));
        const [sent, claimed] = [...(await scene.publish()), ...(await scene.publish())];
        await until('both claimed', async () => (await countLeases(storage)) === 2);
        await scene.receiver.waitFor(1);
        await scene.server.kill();
        await scene.restart();
        const times = await scene.delivered([sent!, claimed!]);
        expect(times.get(claimed!)).to.equal(1);
        return `what was claimed: 1 request; what was on the wire: ${times.get(sent!)}`;
      } finally {
        await storage.dispose();
        await scene.end();
      }
    },
  },
  {
    row: 3,
    short: true,
    title: 'kill -9 after the 2xx and before the commit: one duplicate',
    async run(database) {
      const held = await createHeldDatabase(database);
      const scene = await startScene({ ...held, environment: SHORT_LEASE });
      try {
        scene.receiver.reply(() => {
          held.hold();
          return 200;
        });
        const ids = await scene.publish();
        await scene.receiver.waitFor(1);
        // The reply has long been read by then, and the recorder is waiting.
        await wait(300);
        await scene.server.kill();
        held.release();
        await scene.restart();
        expect(await scene.delivered(ids)).to.deep.equal(new Map([[ids[0], 2]]));
        return '1 duplicate under the same id';
      } finally {
        await scene.end();
        await held.dispose();
      }
    },
  },
  {
    row: 5,
    short: true,
    title: 'kill -9 inside a migration: the next start completes it',
    async run(database) {
      const databaseUrl = await database.createUrl();
      const seen: number[] = [];
      for (const tables of [1, 4, 8, 12]) seen.push(await killWhileMigrating(databaseUrl, tables));
      const scene = await startScene({ databaseUrl });
      try {
        expect(duplicatesIn(await scene.delivered(await scene.publish(5)))).to.equal(0);
        return `cut off with ${seen.join(', ')} tables made, then it works`;
      } finally {
        await scene.end();
      }
    },
  },
];

/** Kills a starting process as soon as so many tables are there (SQLite: the file); answers how many it left. */
async function killWhileMigrating(databaseUrl: string, tables: number): Promise<number> {
  const environment = { ...environmentFor(databaseUrl), PORT: '0' };
  const child = spawn(process.execPath, ['dist/server/main.js'], { env: environment, stdio: 'ignore' });
  const ended = once(child, 'exit');
  let left = 0;
  if (databaseUrl.startsWith('sqlite:')) {
    await until('the file is there', async () => existsSync(databaseUrl.slice('sqlite:'.length)));
  } else {
    const connection = await createConnection(databaseUrl);
    while (left < tables) left = ((await connection.query('show tables'))[0] as unknown[]).length;
    await connection.end();
  }
  child.kill('SIGKILL');
  await ended;
  return left;
}
