import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { createToken } from '../helpers/operations.js';
import { openAcceptedSocket, type RawSocket } from '../helpers/raw-socket.js';
import { until } from '../helpers/until.js';
import type { Fault } from './fault.js';
import { createPreload, type Preload } from './preload.js';
import { startScene } from './scene.js';

const EVENTS = 10_000;
const MIB = 1024 * 1024;
const SUBSCRIPTION = `subscription { attempts { missed attempts { id response { body headers { name value } }
  request { body headers { name value } } } } }`;

/** The least of several looks: what is only on its way out is not counted. */
async function inUse(memory: Preload): Promise<number> {
  let least = Infinity;
  for (let looks = 0; looks < 10; looks += 1) {
    least = Math.min(least, Number(await memory.ask('now')));
    await wait(200);
  }
  return least;
}

interface Batch {
  data: { attempts: { missed: number } };
}

/** Lets a socket read again until it is told that it has missed something, unless it was closed meanwhile. */
async function whatFollows({ socket, next, closed }: RawSocket): Promise<string> {
  let seen: string | false = false;
  async function readOn(): Promise<string> {
    for (;;) {
      const { missed } = ((await next()).payload as Batch).data.attempts;
      if (missed > 0) return `told of ${missed} missed`;
    }
  }
  const isClosed = closed.then((code) => `closed with ${code}`);
  void Promise.race([readOn(), isClosed]).then((it) => (seen = it));
  socket.resume();
  return until('it is told or closed', async () => seen, 30_000);
}

/** Row 20: a viewer that stops reading. */
export const readerFaults: Fault[] = [
  {
    row: 20,
    title:
      'a live subscriber stops reading during 10,000 attempts: it costs at most 20 MiB, and is told or cut off',
    async run(stage) {
      const memory = await createPreload(stage, 'memory');
      const scene = await startScene(stage, {
        databaseUrl: await stage.createUrl(),
        environment: { WEBHOOK_CONCURRENCY: '64' },
        nodeOptions: memory.nodeOptions,
      });
      scene.receiver.always({ body: 'x'.repeat(12_000) });
      let total = 0;

      async function deliver(count: number): Promise<number> {
        for (let published = 0; published < count; published += 500) await scene.publish(500);
        total += count;
        const isDone = async (): Promise<boolean> =>
          (await scene.count(`deliveries where status = 'SUCCEEDED'`)) === total;
        await until('all delivered', isDone, 60_000);
        return inUse(memory);
      }

      // What any 10,000 attempts leave behind is not the reader's doing.
      const before = await deliver(EVENTS);
      const token = await createToken(scene.api.operator, scene.api.accountId, 'READ');
      const stalled = await openAcceptedSocket(scene.server.url, { authorization: `Bearer ${token}` });
      stage.atEnd(() => stalled.socket.terminate());
      stalled.send({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION } });
      stalled.socket.pause();
      const grownBy = (await deliver(EVENTS)) - before;
      expect(grownBy).to.be.below(20 * MIB);
      expect(await scene.ready()).to.equal(200);
      const follows = await whatFollows(stalled);
      return `${(grownBy / MIB).toFixed(1)} MiB more than 10,000 attempts before, alive and ready; then ${follows}`;
    },
  },
];
