import { expect } from 'chai';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatchProcess, type HookwatchProcess } from '../../helpers/hookwatch-process.js';
import { openApi, type TestApi } from '../../helpers/hookwatch.js';
import { attempts, createWebhook, liveAttempts, newBehavior, publish } from '../../helpers/operations.js';
import { countLeases } from '../../helpers/queued.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';
import { openTestStorage } from '../../helpers/storage.js';
import { until } from '../../helpers/until.js';

eachDatabase('A process that is told to stop', (database) => {
  let url: string;
  let receiver: Receiver;
  let server: HookwatchProcess;
  let api: TestApi;
  /** Answers the request that the receiver holds. */
  let answer: (status: number) => void;

  const start = async (environment: Record<string, string> = {}): Promise<void> => {
    server = await startHookwatchProcess(url, { environment: { GRACE_PERIOD: '1h', ...environment } });
    api = await openApi(server.url);
  };

  /** Publishes an event and leaves its request on the wire; answers the event's id. */
  async function leaveOnTheWire(): Promise<string> {
    receiver.always(() => new Promise<number>((resolve) => (answer = resolve)));
    await createWebhook(api.operator, {
      ...{ accountId: api.accountId, provider: 'CUSTOM', targetUrl: receiver.url },
    });
    const [result] = await publish(api.operator, newBehavior(api.accountId));
    await receiver.waitFor(1);
    receiver.always(204);
    return result!.event!.id;
  }

  const receivedIds = (): unknown[] => receiver.requests.map(({ headers }) => headers['webhook-id']);

  beforeEach(async () => {
    url = await database.createUrl();
    receiver = await startReceiver();
  });

  afterEach(async () => {
    await api.close();
    await server.kill();
    await receiver.close();
  });

  it('ends when what is on the wire has been answered and recorded', async () => {
    await start();
    const id = await leaveOnTheWire();
    server.signal('SIGTERM');
    answer(204);
    expect(await server.ended).to.equal(0);

    await start();
    const log = await attempts(api.operator);
    expect(log.map(({ outcome, delivery }) => [outcome, delivery!.status])).to.deep.equal([
      ['SUCCEEDED', 'SUCCEEDED'],
    ]);
    expect(receivedIds()).to.deep.equal([id]);
  });

  it('cuts off what takes longer than the grace period, logs it, and has it sent again at the next start', async () => {
    await start({ GRACE_PERIOD: '100ms' });
    const id = await leaveOnTheWire();
    server.signal('SIGTERM');
    expect(await server.ended).to.equal(0);

    await start();
    await receiver.waitFor(2);
    const log = await liveAttempts(api.operator, (seen) => seen.length === 2);
    expect(log.map(({ number, errorClass, outcome }) => [number, errorClass, outcome])).to.deep.equal([
      [1, 'ABORTED', 'RETRYABLE'],
      [2, null, 'SUCCEEDED'],
    ]);
    expect(receivedIds()).to.deep.equal([id, id]);
  });

  it('ends at once at a second signal, and loses nothing', async () => {
    await start({ LEASE: '1s' });
    const id = await leaveOnTheWire();
    const impatience = setInterval(() => server.signal('SIGTERM'), 100);
    expect(await server.ended).to.equal(1);
    clearInterval(impatience);

    await start();
    await receiver.waitFor(2);
    expect(receivedIds()).to.deep.equal([id, id]);
  });

  it('gives back what it had claimed and not sent', async () => {
    await start({ WEBHOOK_CONCURRENCY: '1' });
    const first = await leaveOnTheWire();
    const [second] = await publish(api.operator, newBehavior(api.accountId));
    const storage = await openTestStorage(url);
    await until('both are claimed', async () => (await countLeases(storage)) === 2);
    server.signal('SIGTERM');
    await until('one is given back', async () => (await countLeases(storage)) === 1);
    answer(204);
    expect(await server.ended).to.equal(0);
    expect(receivedIds()).to.deep.equal([first]);
    await storage.dispose();

    await start();
    await receiver.waitFor(2);
    expect(receivedIds()).to.deep.equal([first, second!.event!.id]);
  });
});
