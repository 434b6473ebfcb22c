import { once, EventEmitter } from 'node:events';
import { expect } from 'chai';
import { pino } from 'pino';
import { createLiveRelay, type LiveRelay, type SharedLog } from '../../server/live/relay.js';
import { createAttemptTopic, type LiveAttempt, type LiveBatch } from '../../server/live/topics.js';
import type { HookwatchServer } from '../../server/server.js';
import { Attempt } from '../../server/storage/entities/attempt.js';
import { createId } from '../../server/storage/ids.js';
import { sharedMariaDb } from '../helpers/databases.js';
import { startHookwatch, startWorker, type TestServer } from '../helpers/hookwatch.js';
import { dropMysqlDatabase } from '../helpers/mariadb.js';
import { createWebhook, liveAttempts, newBehavior, publish } from '../helpers/operations.js';
import { startReceiver, type Receiver } from '../helpers/receiver.js';
import { startRedis, type RedisServer } from '../helpers/redis.js';

describe('The relay of live attempts', () => {
  let redis: RedisServer;
  let log: LiveAttempt[];
  let processes: Process[];

  beforeEach(async () => {
    redis = await startRedis();
    log = [];
    processes = [];
  });

  afterEach(async () => {
    for (const { relay } of processes) relay.dispose();
    await redis.stop();
  });

  interface Process {
    relay: LiveRelay;
    /** What its one viewer gets. */
    view: AsyncGenerator<LiveBatch, void, void>;
    /** Ends when the process logs this. */
    logged(event: string): Promise<unknown>;
    looks: number;
  }

  function startProcess(redisUrl: string | null = redis.url): Process {
    const topic = createAttemptTopic();
    const facts = new EventEmitter();
    const shared: SharedLog = {
      idsAfter: async (after, limit) => {
        started.looks += 1;
        return log
          .map(({ attempt }) => attempt.id)
          .filter((id) => id > after)
          .slice(0, limit);
      },
      load: async (ids) => log.filter(({ attempt }) => ids.includes(attempt.id)),
    };
    const logger = pino(
      { messageKey: 'event' },
      { write: (line: string) => facts.emit((JSON.parse(line) as { event: string }).event) },
    );
    const started: Process = {
      relay: createLiveRelay({ topic, redisUrl, log: shared, logger }),
      view: topic.subscribe({ key: '', accepts: () => true }),
      logged: (event) => once(facts, event),
      looks: 0,
    };
    processes.push(started);
    return started;
  }

  async function startConnected(): Promise<Process> {
    const started = startProcess();
    await started.logged('live.connected');
    return started;
  }

  /** Writes attempts to the log and hands them on, as the recorder does. */
  function record({ relay }: Process, count = 1): string[] {
    const attempts = Array.from({ length: count }, () => ({
      attempt: Object.assign(new Attempt(), { id: createId('att') }),
      ownerPath: 'a/',
    }));
    log.push(...attempts);
    relay.publish(attempts);
    return attempts.map(({ attempt }) => attempt.id);
  }

  /** The next attempts of a process's viewer, so many. */
  async function see({ view }: Process, count: number): Promise<string[]> {
    const ids: string[] = [];
    while (ids.length < count) ids.push(...(await view.next()).value!.attempts.map(({ id }) => id));
    return ids;
  }

  it('shows in each process what any of them records, once and at once', async () => {
    const [first, second] = [await startConnected(), await startConnected()];
    const looks = second.looks;
    const ids = [...record(first, 700), ...record(first)];
    expect(await see(second, 701)).to.deep.equal(ids);
    expect(await see(first, 701)).to.deep.equal(ids);
    const proof = record(second);
    expect(await see(first, 1)).to.deep.equal(proof);
    expect(await see(second, 1)).to.deep.equal(proof);
    expect([first, second].map(({ relay }) => relay.isDelayed())).to.deep.equal([false, false]);
    expect(second.looks).to.equal(looks);
  });

  it('looks into the log while Redis is away, says so, and recovers', async () => {
    const [first, second] = [await startConnected(), await startConnected()];
    const away = Promise.all([first.logged('live.delayed'), second.logged('live.delayed')]);
    await redis.stop();
    const unheard = record(first, 3);
    expect(await see(second, 3)).to.deep.equal(unheard);
    await away;
    expect(second.relay.isDelayed()).to.be.true;
    const late = record(first, 3);
    expect(await see(second, 3)).to.deep.equal(late);
    const back = Promise.all([first.logged('live.connected'), second.logged('live.connected')]);
    redis = await startRedis(redis.port);
    await back;
    const proof = record(first);
    expect(await see(second, 1)).to.deep.equal(proof);
    expect(second.relay.isDelayed()).to.be.false;
  });

  it('takes a Redis that stalls for one that is away', async () => {
    const [first, second] = [await startConnected(), await startConnected()];
    const away = second.logged('live.delayed');
    process.kill(redis.pid, 'SIGSTOP');
    await away;
    const ids = record(first, 2);
    expect(await see(second, 2)).to.deep.equal(ids);
    const back = second.logged('live.connected');
    process.kill(redis.pid, 'SIGCONT');
    await back;
    const proof = record(first);
    expect(await see(second, 1)).to.deep.equal(proof);
  });

  it('needs no Redis where a process only serves', async () => {
    const [worker, api] = [await startConnected(), startProcess(null)];
    const ids = record(worker, 2);
    expect(await see(api, 2)).to.deep.equal(ids);
    expect(api.relay.isDelayed()).to.be.true;
  });
});

describe('A process that serves and one that delivers', () => {
  let database: string;
  let receiver: Receiver;
  let redis: RedisServer;
  let api: TestServer;
  let worker: HookwatchServer;

  before(async () => {
    database = await (await sharedMariaDb()).createDatabase();
    receiver = await startReceiver();
    redis = await startRedis();
    api = await startHookwatch(database, { REDIS_URL: redis.url, ROLE: 'api' });
    worker = await startWorker(database, { REDIS_URL: redis.url });
  });

  after(async () => {
    await Promise.all([api.stop(), worker.dispose()]);
    await Promise.all([receiver.close(), redis.stop()]);
    await dropMysqlDatabase(database);
  });

  it('share the work: published to one, sent by the other, seen live at the first', async () => {
    const { accountId, operator } = api;
    await createWebhook(operator, { accountId, provider: 'CUSTOM', targetUrl: receiver.url });
    const seen = liveAttempts(operator, (attempts) => attempts.length === 20);
    await publish(operator, ...Array.from({ length: 20 }, () => newBehavior(accountId)));
    expect(new Set((await seen).map(({ id }) => id)).size).to.equal(20);
    expect(receiver.requests).to.have.lengthOf(20);
  });

  it('answer each for itself: the worker only whether it is well', async () => {
    const answer = (path: string) =>
      fetch(`${worker.url}${path}`, { method: path === '/graphql' ? 'POST' : 'GET' });
    expect((await answer('/readyz')).status).to.equal(200);
    expect((await answer('/graphql')).status).to.equal(404);
    expect(worker.setupUrl).to.be.null;
  });
});
