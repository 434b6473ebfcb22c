import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { until } from '../helpers/until.js';
import type { Fault } from './fault.js';
import { startScene } from './scene.js';

const EVENTS = 10_000;
const CAP = 16;

/** Row 16: receivers that come back. */
export const receiverFaults: Fault[] = [
  {
    row: 16,
    title: `a receiver comes back with 10,000 due: no more than its cap at a time`,
    async run(stage) {
      const scene = await startScene(stage, {
        databaseUrl: await stage.createUrl(),
        environment: { WEBHOOK_CONCURRENCY: String(CAP), QUICK_RETRIES: '0' },
      });
      scene.receiver.always(503);
      for (let published = 0; published < EVENTS; published += 500) await scene.publish(500);
      const isGivenUp = async (): Promise<boolean> =>
        (await scene.count('queues where consecutive_failures >= 5')) === 1;
      await until('its circuit is open', isGivenUp);
      let inside = 0;
      let most = 0;
      scene.receiver.always(async () => {
        most = Math.max(most, (inside += 1));
        await wait(2);
        inside -= 1;
        return 204;
      });
      const startedAt = performance.now();
      const isDone = async (): Promise<boolean> =>
        (await scene.count(`deliveries where status = 'SUCCEEDED'`)) === EVENTS;
      await until('all delivered', isDone, 60_000);
      expect(most).to.be.within(2, CAP);
      const seconds = (performance.now() - startedAt) / 1_000;
      return `${most} at a time at most; all delivered ${seconds.toFixed(0)} s after it was back`;
    },
  },
];
