import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { until } from '../helpers/until.js';
import type { Fault } from './fault.js';
import { duplicatesIn, startScene, type Scene } from './scene.js';

const EVENTS = 40;
const CAP = 8;
const RECEIVER_TAKES_MS = 20_000;
const GRACE_S = 25;

/** Publishes events to a receiver that takes 20 s, and waits until as many as it may get at a time are there. */
async function publishSlowly({ receiver, publish }: Scene): Promise<string[]> {
  receiver.always(() => wait(RECEIVER_TAKES_MS, 200, { ref: false }));
  const ids = await publish(EVENTS);
  await receiver.waitFor(CAP);
  receiver.always(200);
  return ids;
}

const stopped = (
  title: string,
  stop: (scene: Scene) => Promise<{ code: number; duplicates: number }>,
): Fault => ({
  row: 6,
  title,
  async run(stage) {
    const scene = await startScene(stage, {
      databaseUrl: await stage.createUrl(),
      environment: {
        ...{ DELIVERY_TIMEOUT: '30s', GRACE_PERIOD: `${GRACE_S}s`, LEASE: '2s' },
        ...{ WEBHOOK_CONCURRENCY: String(CAP), QUICK_RETRIES: '0' },
      },
    });
    const ids = await publishSlowly(scene);
    const startedAt = performance.now();
    const { code, duplicates } = await stop(scene);
    expect(await scene.server.ended).to.equal(code);
    const tookS = (performance.now() - startedAt) / 1_000;
    expect(tookS).to.be.below(GRACE_S);
    await scene.restart();
    expect(duplicatesIn(await scene.delivered(ids))).to.equal(duplicates);
    return `ended after ${tookS.toFixed(1)} s; 0 of ${EVENTS} lost, ${duplicates} duplicates`;
  },
});

/** Row 6: it is told to stop while a receiver takes its time. */
export const stopFaults: Fault[] = [
  stopped('SIGTERM with a receiver that takes 20 s: waits for it, then ends', async ({ server }) => {
    server.signal('SIGTERM');
    return { code: 0, duplicates: 0 };
  }),
  stopped('SIGTERM twice within a second, as npm passes it on: waits all the same', async ({ server }) => {
    server.signal('SIGTERM');
    await wait(500);
    server.signal('SIGTERM');
    return { code: 0, duplicates: 0 };
  }),
  stopped(
    'SIGTERM again, later: ends at once; what is on the wire is sent again',
    async ({ server, count }) => {
      server.signal('SIGTERM');
      const isGivenBack = async (): Promise<boolean> =>
        (await count('deliveries where lease_token is not null')) === CAP;
      await until('the rest is given back', isGivenBack);
      await wait(1_500);
      server.signal('SIGTERM');
      return { code: 1, duplicates: CAP };
    },
  ),
];
