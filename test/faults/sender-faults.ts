import { expect } from 'chai';
import { until } from '../helpers/until.js';
import type { Fault } from './fault.js';
import { createPreload } from './preload.js';
import { duplicatesIn, startScene } from './scene.js';
import { allEndOnce, CAP, ENVIRONMENT, EVENTS, publishAndHold } from './worker-faults.js';

const broken = (title: string, way: 'throw' | 'exit' | 'memory', short?: true): Fault => ({
  row: 19,
  ...(short && { short }),
  title: `${title}: said in the log, replaced, each delivery ends once`,
  async run(stage) {
    const breakdown = await createPreload(stage, 'breakdown');
    const scene = await startScene(stage, {
      databaseUrl: await stage.createUrl(),
      environment: { ...ENVIRONMENT, SENDER_THREADS: '1', LOG_LEVEL: 'error' },
      nodeOptions: [...breakdown.nodeOptions, '--max-old-space-size=128'],
    });
    const { ids } = await publishAndHold(scene);
    breakdown.command(way);
    await until('it is in the log', async () => scene.server.output().includes('sender.ended'));
    expect(duplicatesIn(await allEndOnce(scene, ids))).to.equal(CAP);
    expect(await scene.ready()).to.equal(200);
    return `0 of ${EVENTS} lost; ${CAP} were on the wire and are duplicates`;
  },
});

/** Row 19, the threads that requests are sent from: what happens to one is not the end of the process. */
export const senderFaults: Fault[] = [
  broken('a sending thread throws', 'throw', true),
  broken('a sending thread ends', 'exit'),
  broken('a sending thread is out of memory', 'memory'),
];
