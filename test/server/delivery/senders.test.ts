import { expect } from 'chai';
import type { ClaimedDelivery } from '../../../server/delivery/queue.js';
import type { FinishedRound } from '../../../server/delivery/round.js';
import { createSenders, type Senders, type SendersDeps } from '../../../server/delivery/senders.js';
import { createTarget, type Target } from '../../../server/delivery/target.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';

const targetOf = (targetUrl: string): Target =>
  createTarget({
    ...{ webhookId: 'whk_1', version: 1, validUntil: Infinity, active: true, throttled: false },
    ...{ ownerId: 'acc_1', ownerPath: '/acc_1/', providerId: 'CUSTOM' },
    settings: {
      ...{ targetUrl, secretKey: null, headers: [], signingSecrets: [] },
      splunk: {
        ...{ index: null, source: null, sourcetype: null, host: null },
        ...{ useAck: false, batch: true, gzip: false },
      },
    },
  });

const delivery = (id: string): ClaimedDelivery => ({
  ...{
    id,
    webhookId: 'whk_1',
    leaseToken: 'lease',
    eventId: `evt_${id}`,
    accountId: 'acc_1',
    ownerId: 'acc_1',
  },
  ...{ eventType: 'NEW_BEHAVIOR', trigger: 'EVENT', attemptCount: 0, roundCount: 0 },
  ...{ replayId: null, occurredAt: 0, body: '{}', webhookFailures: 0 },
});

describe('Sending threads', () => {
  let receiver: Receiver;
  let senders: Senders;
  let target: Target;
  let logged: string[];
  let retried: number;

  function start(change: Partial<SendersDeps> = {}): void {
    senders = createSenders({
      threads: 3,
      config: {
        ...{ userAgent: 'Hookwatch/test', scheduleMs: [1_000], ackTimeoutMs: 1_000, quickRetries: 1 },
        ...{ timeoutMs: 10_000, maxKeptConnections: 100 },
        allowedPrivateTargets: [{ cidr: '127.0.0.1/32', port: null }],
      },
      findTarget: () => Promise.resolve(target),
      logError: (_fields, message) => void logged.push(message),
      onRetried: (attempts) => void (retried += attempts.length),
      onTooLarge: () => {},
      ...change,
    });
  }

  const send = (...ids: string[]): Promise<FinishedRound[][]> =>
    Promise.all(ids.map((id) => senders.run(target, [delivery(id)])));

  beforeEach(async () => {
    receiver = await startReceiver();
    target = targetOf(`${receiver.url}/old`);
    logged = [];
    retried = 0;
    start();
  });

  afterEach(async () => {
    await senders.dispose();
    await receiver.close();
  });

  it('send at the same time, each end with the delivery it was given', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `dlv_${index}`);
    let answer = (): void => {};
    const answered = new Promise<number>((resolve) => (answer = () => resolve(204)));
    receiver.always(() => answered);
    const sent = send(...ids);
    await receiver.waitFor(30);
    answer();
    const ends = (await sent).flat();
    expect(ends.map((end) => end.delivery.id)).to.deep.equal(ids);
    expect(ends.map((end) => end.attempt?.deliveryId)).to.deep.equal(ids);
    expect(new Set(ends.map((end) => end.outcome))).to.deep.equal(new Set(['SUCCEEDED']));
  });

  it('use a webhook as it was changed, for what is sent next and for a quick retry', async () => {
    const [[before]] = (await send('dlv_1')) as [[FinishedRound]];
    const changed = targetOf(`${receiver.url}/new`);
    receiver.reply(() => {
      target = changed;
      return 500;
    });
    const [[retry]] = (await send('dlv_2')) as [[FinishedRound]];
    await send('dlv_3');
    expect(receiver.requests.map(({ url }) => url)).to.deep.equal(['/old', '/old', '/new', '/new']);
    expect([before.attempts, retry.attempts, retried]).to.deep.equal([1, 2, 1]);
  });

  it('end a round when nobody can say what to send again', async () => {
    await senders.dispose();
    start({ findTarget: () => Promise.reject(new Error('The database is away.')) });
    receiver.reply(500);
    const failure = await send('dlv_1').catch((error: Error) => error);
    expect(failure).to.be.an('error').with.property('message', 'The database is away.');
  });

  it('cut off what is under way, and what comes later', async () => {
    receiver.always(() => new Promise(() => {}));
    const sent = send('dlv_1');
    await receiver.waitFor(1);
    senders.cutOff();
    const [ends, later] = [await sent, await send('dlv_2')];
    expect([ends, later].flat(2).map((end) => end.errorClass)).to.deep.equal(['ABORTED', 'ABORTED']);
  });

  it('give up what they had when they break down, and are replaced by the next work', async () => {
    const whole = target;
    // What no thread can read breaks the one that asks for it.
    receiver.reply(() => {
      target = { ...whole, providerId: 'NONE' as 'CUSTOM' };
      return 500;
    });
    expect(await send('dlv_1').catch((error: Error) => error)).to.be.an('error');
    expect(logged).to.deep.equal(['sender.ended']);
    target = whole;
    const [[end]] = (await send('dlv_1')) as [[FinishedRound]];
    expect(end.outcome).to.equal('SUCCEEDED');
  });

  it('send nothing any more once they were ended', async () => {
    receiver.reply(() => new Promise(() => {}));
    const held = send('dlv_1').catch((error: Error) => error);
    await receiver.waitFor(1);
    await senders.dispose();
    expect(await held)
      .to.be.an('error')
      .with.property('message', 'The sending thread was ended.');
    expect(await send('dlv_2').catch((error: Error) => error)).to.be.an('error');
    expect(logged).to.deep.equal(['sender.ended']);
    expect(receiver.requests).to.have.lengthOf(1);
  });
});
