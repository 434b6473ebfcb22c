import { expect } from 'chai';
import { startReceiver } from '../helpers/receiver.js';
import { until } from '../helpers/until.js';
import type { Fault } from './fault.js';
import { duplicatesIn, startScene } from './scene.js';
import { addTenant } from './tenant.js';

const DAY_MS = 86_400_000;
const SCHEDULE = { RETRY_SCHEDULE: '100ms,200ms', QUICK_RETRIES: '0' };

/** How many requests there are for an event whose receiver says so; 1: it waits for a day, the longest there is. */
const RETRY_AFTER = {
  9999999999: 1,
  'Thu, 01 Jan 2099 00:00:00 GMT': 1,
  // Quick retries leave these to the schedule, which ignores them.
  Infinity: 3,
  '0x10': 3,
  '-5': 9,
  abc: 9,
};

/** Rows 13 and 14: receivers that say when to come back, or not to, or only sometimes answer. */
export const scheduleFaults: Fault[] = [
  {
    row: 13,
    title: `Retry-After says ${Object.keys(RETRY_AFTER).join('; ')}: bounded to a day, or ignored`,
    async run(stage) {
      const scene = await startScene(stage, {
        databaseUrl: await stage.createUrl(),
        environment: { ...SCHEDULE, QUICK_RETRIES: '2' },
      });
      for (const [value, requests] of Object.entries(RETRY_AFTER)) {
        const receiver = await stage.open(startReceiver(), (it) => it.close());
        receiver.always({ status: 503, headers: { 'retry-after': value } });
        const tenant = await addTenant(scene, receiver.url);
        const before = Date.now();
        await tenant.publish();
        const log = await tenant.log(requests);
        const { nextAttemptAt, delivery } = log.at(-1)!;
        if (requests > 1) expect(delivery.status, value).to.equal('FAILED');
        else expect(Date.parse(nextAttemptAt!) - before, value).to.be.within(DAY_MS, DAY_MS + 5_000);
        expect(receiver.requests, value).to.have.lengthOf(requests);
      }
      return '2 waits of a day; 4 ignored, the schedule went on';
    },
  },
  {
    row: 14,
    title: 'a receiver answers 429 for ever: as often as the schedule says, then it has failed',
    async run(stage) {
      const scene = await startScene(stage, { databaseUrl: await stage.createUrl(), environment: SCHEDULE });
      scene.receiver.always(429);
      await scene.publish();
      const isOver = async (): Promise<boolean> =>
        (await scene.count(`deliveries where status = 'FAILED'`)) === 1;
      await until('it has failed', isOver);
      expect(scene.receiver.requests).to.have.lengthOf(3);
      return '3 requests for a schedule of 2 waits';
    },
  },
  {
    row: 14,
    title: 'a receiver answers 410: its webhook is disabled at once, and gets nothing more',
    async run(stage) {
      const scene = await startScene(stage, { databaseUrl: await stage.createUrl(), environment: SCHEDULE });
      scene.receiver.always(410);
      await scene.publish();
      const isDisabled = async (): Promise<boolean> =>
        (await scene.count(`queues where hold_reason = 'AUTO_DISABLED'`)) === 1;
      await until('it is disabled', isDisabled);
      const ids = await scene.publish(5);
      const held = await scene.count(`deliveries where status = 'HELD'`);
      expect({ held, requests: scene.receiver.requests.length }).to.deep.equal({ held: 6, requests: 1 });
      return `1 request; ${ids.length + 1} held`;
    },
  },
  {
    row: 14,
    title: 'a receiver refuses every second request: all is delivered, and its webhook is not disabled',
    async run(stage) {
      const scene = await startScene(stage, {
        databaseUrl: await stage.createUrl(),
        environment: {
          ...{ QUICK_RETRIES: '0', RETRY_SCHEDULE: Array(30).fill('50ms').join(',') },
          AUTO_DISABLE_AFTER: '1s',
        },
      });
      let requests = 0;
      scene.receiver.always(() => ((requests += 1) % 2 === 0 ? 204 : 503));
      const ids: string[] = [];
      for (let calls = 0; calls < 20; calls += 1) {
        ids.push(...(await scene.publish(50)));
        await scene.delivered(ids, 60_000);
      }
      expect(await scene.count('queues where hold_reason is not null')).to.equal(0);
      const refused = duplicatesIn(await scene.delivered(ids));
      return `${ids.length} delivered, ${refused} requests refused`;
    },
  },
];
