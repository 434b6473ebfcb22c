import { expect } from 'chai';
import { newBehavior, publish } from '../helpers/operations.js';
import { until } from '../helpers/until.js';
import type { Fault } from './fault.js';
import { preloading } from './preload.js';
import { startScene } from './scene.js';

const POISONED = 10;

/** Row 17: a defect of ours in what makes requests of events. */
export const formatFaults: Fault[] = [
  {
    row: 17,
    title: 'the formatting of some events throws: these fail at once and say so, the rest go on',
    async run(stage) {
      const scene = await startScene(stage, {
        databaseUrl: await stage.createUrl(),
        nodeOptions: preloading('format'),
      });
      const { operator, accountId } = scene.api;
      const before = await scene.publish(20);
      const poison = Array.from({ length: POISONED }, () => newBehavior(accountId, { siteName: 'poison' }));
      await publish(operator, ...poison);
      const after = await scene.publish(20);
      const times = await scene.delivered([...before, ...after]);
      const isOver = async (): Promise<boolean> =>
        (await scene.count(`deliveries where status = 'FAILED'`)) === POISONED;
      await until('the poisoned have failed', isOver);
      expect(await scene.count(`attempts where error_class = 'FORMAT_FAILED'`)).to.equal(POISONED);
      expect(await scene.count('queues where consecutive_failures > 0')).to.equal(0);
      expect(scene.receiver.requests).to.have.lengthOf(times.size);
      return `${POISONED} failed with FORMAT_FAILED and nothing sent, ${times.size} others delivered`;
    },
  },
];
