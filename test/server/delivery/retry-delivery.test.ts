import { expect } from 'chai';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import {
  attempts,
  createAccount,
  createWebhook,
  liveAttempts,
  newBehavior,
  publish,
  setWebhookActive,
  type UserError,
} from '../../helpers/operations.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';

interface Retried {
  delivery: {
    id: string;
    status: string;
    nextAttemptAt: string | null;
    replayOf: { id: string } | null;
  } | null;
  userErrors: UserError[];
}

eachDatabase('A retry', (database) => {
  let server: TestServer;
  let receiver: Receiver;
  let accountId: string;
  let webhookId: string;

  before(async () => {
    server = await startHookwatch(await database.createUrl(), { RETRY_SCHEDULE: '1h', QUICK_RETRIES: '0' });
  });

  beforeEach(async () => {
    receiver = await startReceiver();
    accountId = await createAccount(server.operator, `Account ${receiver.port}`, server.accountId);
    webhookId = await createWebhook(server.operator, {
      ...{ accountId, provider: 'CUSTOM', targetUrl: receiver.url },
    });
  });

  afterEach(() => receiver.close());

  after(() => server.stop());

  async function retry(id: string): Promise<Retried> {
    const { retryDelivery } = await server.operator.ask<{ retryDelivery: Retried }>(
      `mutation ($input: RetryDeliveryInput!) { retryDelivery(input: $input) {
         delivery { id status nextAttemptAt replayOf { id } } userErrors { path code message } } }`,
      { input: { id } },
    );
    return retryDelivery;
  }

  /** Publishes an event; answers the id of its delivery when its first attempt is logged. */
  async function attempted(): Promise<string> {
    const live = liveAttempts(server.operator, (log) => log.length > 0, { accountId });
    await publish(server.operator, newBehavior(accountId));
    return (await live)[0]!.delivery!.id;
  }

  const triggers = async (count: number): Promise<string[]> =>
    (await liveAttempts(server.operator, (log) => log.length >= count, { accountId })).map(
      ({ trigger, delivery }) => `${trigger} ${delivery!.id}`,
    );

  it('replaces the one that is scheduled', async () => {
    receiver.reply(500);
    const id = await attempted();
    const { delivery } = await retry(id);
    expect(delivery!.id).to.equal(id);
    expect(await triggers(2)).to.deep.equal([`EVENT ${id}`, `MANUAL ${id}`]);
    const [last] = await attempts(server.operator, { accountId });
    expect(last!.delivery).to.deep.equal({ id, status: 'SUCCEEDED', attemptCount: 2 });
  });

  it('makes one successor of a delivery that is final, however often it is asked for meanwhile', async () => {
    const id = await attempted();
    let release: (status: number) => void = () => undefined;
    receiver.reply(() => new Promise((resolve) => (release = resolve)));
    const answers = await Promise.all([1, 2, 3, 4].map(() => retry(id)));
    const successors = answers.flatMap(({ delivery }) => (delivery ? [delivery] : []));
    expect(new Set(successors.map((successor) => successor.id))).to.have.lengthOf(1);
    expect(successors[0]!.replayOf).to.deep.equal({ id });
    await receiver.waitFor(2);
    expect((await retry(id)).userErrors[0]).to.deep.include({ path: ['id'], code: 'IN_PROGRESS' });
    release(204);
    expect(await triggers(2)).to.deep.equal([`EVENT ${id}`, `MANUAL ${successors[0]!.id}`]);
    expect(receiver.requests).to.have.lengthOf(2);
  });

  it('is refused while a round runs, and while the webhook sends nothing', async () => {
    let release: (status: number) => void = () => undefined;
    receiver.reply(() => new Promise((resolve) => (release = resolve)));
    const done = attempted();
    await receiver.waitFor(1);
    const { webhook } = await server.operator.ask<{
      webhook: { deliveries: { edges: Array<{ node: { id: string } }> } };
    }>(`{ webhook(id: "${webhookId}") { deliveries { edges { node { id } } } } }`);
    const { id } = webhook.deliveries.edges[0]!.node;
    expect((await retry(id)).userErrors[0]).to.deep.include({ path: ['id'], code: 'IN_PROGRESS' });
    release(500);
    await done;
    await setWebhookActive(server.operator, webhookId, false);
    expect((await retry(id)).userErrors[0]).to.deep.include({ path: ['id'], code: 'INACTIVE' });
    expect(receiver.requests).to.have.lengthOf(1);
  });
});
