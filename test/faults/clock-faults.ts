import { expect } from 'chai';
import { countLeases } from '../helpers/queued.js';
import { until } from '../helpers/until.js';
import type { Fault } from './fault.js';
import { createPreload } from './preload.js';
import { startScene, type Scene } from './scene.js';

const HOUR_MS = 3_600_000;
const CAP = 8;

async function receivedAt({ storage }: Scene, eventId: string): Promise<number> {
  const [row] = await storage.read.query<Array<{ received_at: number | string }>>(
    'select received_at from events where id = ?',
    [eventId],
  );
  return Number(row!.received_at);
}

/** Row 8: the clock of a process goes wrong while it runs. */
export const clockFaults: Fault[] = [
  {
    row: 8,
    short: true,
    title: 'its clock jumps an hour ahead, then two back: nothing is sent twice, nothing stalls',
    async run(stage) {
      const clock = await createPreload(stage, 'clock');
      const scene = await startScene(stage, {
        databaseUrl: await stage.createUrl(),
        environment: { WEBHOOK_CONCURRENCY: String(CAP), QUICK_RETRIES: '0' },
        nodeOptions: clock.nodeOptions,
      });
      const ids: string[] = [];
      for (const wrongByMs of [HOUR_MS, -HOUR_MS, 0]) {
        const already = ids.length;
        let answer: (status: number) => void = () => undefined;
        const answered = new Promise<number>((resolve) => (answer = resolve));
        scene.receiver.always(() => answered);
        ids.push(...(await scene.publish(20)));
        await scene.receiver.waitFor(already + CAP);
        await until('more is claimed than sent', async () => (await countLeases(scene.storage)) > CAP);
        clock.command(String(wrongByMs));
        await until('it goes by the new time', async () => {
          const [id] = await scene.publish();
          ids.push(id!);
          return Math.abs((await receivedAt(scene, id!)) - Date.now() - wrongByMs) < HOUR_MS / 2;
        });
        ids.push(...(await scene.publish(20)));
        scene.receiver.always(200);
        answer(200);
        await scene.delivered(ids);
      }
      expect(scene.receiver.requests).to.have.lengthOf(ids.length);
      return `${ids.length} events, as many requests`;
    },
  },
];
