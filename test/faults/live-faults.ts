import { expect } from 'chai';
import { FROM_THE_START } from '../helpers/operations.js';
import { startRedis, type RedisServer } from '../helpers/redis.js';
import { until } from '../helpers/until.js';
import type { Fault } from './fault.js';
import { startScene, type Scene } from './scene.js';

interface LiveBatch {
  attempts: { attempts: Array<{ id: string }>; missed: number; delayed: boolean };
}

/** What a viewer of the live log has been told so far. */
interface View {
  ids: Set<string>;
  missed: number;
  delayed: boolean;
}

/** Follows the live log until the socket is closed. */
function watchLive({ api }: Scene): View {
  const view: View = { ids: new Set(), missed: 0, delayed: false };
  api.operator.socket().subscribe<LiveBatch>(
    {
      query: `subscription ($after: String) { attempts(after: $after) { attempts { id } missed delayed } }`,
      variables: { after: FROM_THE_START },
    },
    {
      next({ data }) {
        const { attempts, missed, delayed } = data!.attempts;
        for (const { id } of attempts) view.ids.add(id);
        view.missed += missed;
        view.delayed = delayed;
      },
      error: () => undefined,
      complete: () => undefined,
    },
  );
  return view;
}

const without = (
  title: string,
  take: (redis: RedisServer) => Promise<unknown>,
  giveBack: (redis: RedisServer) => Promise<RedisServer>,
  short?: true,
): Fault => ({
  row: 11,
  ...(short && { short }),
  engine: 'mariadb',
  title: `${title}: delivery goes on, the live log says that it is late and misses nothing, all is as before`,
  async run(stage) {
    let redis = await startRedis();
    stage.atEnd(() => redis.stop());
    const scene = await startScene(stage, {
      databaseUrl: await stage.createUrl(),
      environment: { REDIS_URL: redis.url, ROLE: 'api' },
    });
    await scene.startWorker();
    const view = watchLive(scene);
    const ids: string[] = [];

    async function publishUntil(delayed: boolean): Promise<void> {
      await until(
        delayed ? 'it says that it is late' : 'it is as before',
        async () => {
          ids.push(...(await scene.publish(5)));
          const shown = async (): Promise<boolean> => view.ids.size === ids.length;
          await until('all are shown', shown);
          return view.delayed === delayed;
        },
        30_000,
      );
    }

    await publishUntil(false);
    await take(redis);
    await publishUntil(true);
    redis = await giveBack(redis);
    await publishUntil(false);
    const times = await scene.delivered(ids);
    expect({ requests: scene.receiver.requests.length, missed: view.missed }).to.deep.equal({
      ...{ requests: ids.length, missed: 0 },
    });
    return `${times.size} delivered and shown, 0 missed`;
  },
});

/** Row 11: Redis, which carries the live log between processes. */
export const liveFaults: Fault[] = [
  without(
    'Redis is killed',
    (redis) => redis.stop(),
    ({ port }) => startRedis(port),
  ),
  without(
    'Redis stalls',
    async ({ pid }) => process.kill(pid, 'SIGSTOP'),
    async (redis) => {
      process.kill(redis.pid, 'SIGCONT');
      return redis;
    },
    true,
  ),
];
