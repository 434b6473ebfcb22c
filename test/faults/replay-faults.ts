import { expect } from 'chai';
import { until } from '../helpers/until.js';
import type { Fault } from './fault.js';
import { startScene, type Scene } from './scene.js';

/** For a hundred thousand on a busy machine. */
const LONGEST_MS = 600_000;

const REPLAY = 'id status matchedCount createdCount succeededCount failedCount';

interface Replay {
  id: string;
  status: string;
  createdCount: number;
  succeededCount: number;
}

/** Replays all that was delivered; answers the replay's id. */
async function beginReplay({ api, webhookId }: Scene): Promise<string> {
  const { replayDeliveries } = await api.operator.ask<{ replayDeliveries: { replay: Replay } }>(
    `mutation ($input: ReplayDeliveriesInput!) { replayDeliveries(input: $input) { replay { id } } }`,
    { input: { dryRun: false, filter: { webhookIds: [webhookId], statuses: ['SUCCEEDED'] } } },
  );
  return replayDeliveries.replay.id;
}

async function findReplay({ api }: Scene, id: string): Promise<Replay> {
  const { replay } = await api.operator.ask<{ replay: Replay }>(
    `query ($id: ID!) { replay(id: $id) { ${REPLAY} } }`,
    { id },
  );
  return replay;
}

const killed = (events: number, kills: number, short?: true): Fault => ({
  row: 4,
  ...(short && { short }),
  title: `kill -9 ${kills} times while ${events.toLocaleString('en')} deliveries are replayed: each is replayed once`,
  async run(stage) {
    const scene = await startScene(stage, {
      databaseUrl: await stage.createUrl(),
      environment: { LEASE: '2s', WEBHOOK_CONCURRENCY: '32' },
    });
    const { receiver } = scene;
    for (let published = 0; published < events; published += 500) await scene.publish(500);
    const isDelivered = async (): Promise<boolean> =>
      (await scene.count(`deliveries where status = 'SUCCEEDED'`)) === events;
    await until('all delivered', isDelivered, LONGEST_MS);
    receiver.requests.length = 0;

    const id = await beginReplay(scene);
    for (let kill = 0; kill < kills; kill += 1) {
      await receiver.waitFor(Math.floor(((kill + Math.random()) / kills) * events), LONGEST_MS);
      await scene.server.kill();
      await scene.restart();
    }
    const ended = await until(
      'all is replayed',
      async () => {
        const replay = await findReplay(scene, id);
        return replay.status === 'DONE' && replay.succeededCount >= events && replay;
      },
      LONGEST_MS,
    );
    expect(ended).to.deep.equal({
      ...{ id, status: 'DONE', matchedCount: events, createdCount: events },
      ...{ succeededCount: events, failedCount: 0 },
    });
    const made = `deliveries where replay_id = '${id}'`;
    expect(await scene.count(made)).to.equal(events);
    expect(await scene.count(`(select distinct replay_of_id from ${made}) originals`)).to.equal(events);
    expect(await scene.count(`${made} and status <> 'SUCCEEDED'`)).to.equal(0);
    return `${events} made, ${events} succeeded; ${receiver.requests.length - events} requests repeated`;
  },
});

/** A replay is made of transactions that a crash cuts off anywhere. */
export const replayFaults: Fault[] = [killed(1_500, 2, true), killed(100_000, 5)];
