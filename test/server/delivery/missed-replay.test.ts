import { expect } from 'chai';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch, type ApiUser, type TestServer } from '../../helpers/hookwatch.js';
import {
  createAccount,
  createToken,
  createWebhook,
  newBehavior,
  publish,
  setWebhookActive,
} from '../../helpers/operations.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';
import { progressOf, REPLAY, replayDeliveries } from '../../helpers/replays.js';
import { until } from '../../helpers/until.js';

eachDatabase('A replay of what was missed', (database) => {
  let url: string;
  let server: TestServer;
  let receiver: Receiver;
  let accountId: string;
  let childId: string;
  let webhookId: string;

  before(async () => {
    url = await database.createUrl();
    server = await startHookwatch(url, { QUICK_RETRIES: '0' });
  });

  beforeEach(async () => {
    receiver = await startReceiver();
    accountId = await createAccount(server.operator, `Account ${receiver.port}`, server.accountId);
    childId = await createAccount(server.operator, 'Below', accountId);
    webhookId = await createWebhook(server.operator, {
      ...{ accountId, provider: 'CUSTOM', targetUrl: receiver.url },
      ...{ includeChildAccounts: true, eventTypes: ['NEW_BEHAVIOR'] },
    });
  });

  afterEach(() => receiver.close());

  after(() => server.stop());

  const setActive = (active: boolean): Promise<void> => setWebhookActive(server.operator, webhookId, active);

  /** Publishes an event for each of these accounts; answers their ids. */
  async function publishIn(...accountIds: string[]): Promise<string[]> {
    const results = await publish(server.operator, ...accountIds.map((id) => newBehavior(id)));
    return results.map(({ event }) => event!.id);
  }

  const gap = (filter: object = {}): object => ({
    ...{ webhookIds: [webhookId], createdAfter: '2020-01-01T00:00:00Z' },
    ...filter,
  });

  const countMissed = async (filter: object = {}, user: ApiUser = server.operator): Promise<number> => {
    const answer = await replayDeliveries(user, gap(filter), { missed: true, dryRun: true });
    expect(answer).to.include({ replay: null });
    expect(answer.userErrors).to.deep.equal([]);
    return answer.matchedCount;
  };

  const countHeld = async (): Promise<number> => {
    const { webhook } = await server.operator.ask<{ webhook: { health: { heldDeliveries: number } } }>(
      `{ webhook(id: "${webhookId}") { health { heldDeliveries } } }`,
    );
    return webhook.health.heldDeliveries;
  };

  it('is counted first, waits until the webhook is switched on, then sends each event once', async () => {
    await publishIn(accountId);
    await receiver.waitFor(1);
    await setActive(false);
    const missed = await publishIn(accountId, childId, accountId);
    const otherId = await createWebhook(server.operator, {
      ...{ accountId, provider: 'CUSTOM', targetUrl: receiver.url, eventTypes: ['DATA_MISSING'] },
    });
    await publishIn(server.accountId);
    expect(await countMissed({ webhookIds: [webhookId, otherId] })).to.equal(3);

    const { matchedCount, replay } = await replayDeliveries(server.operator, gap(), { missed: true });
    expect(matchedCount).to.equal(3);
    await until('all are held', async () => (await countHeld()) === 3);
    expect(receiver.requests).to.have.lengthOf(1);
    await setActive(true);
    await receiver.waitFor(4);
    const told = await progressOf(server.operator, replay!.id);
    expect(told.at(-1)).to.deep.equal({
      ...{ id: replay!.id, status: 'DONE', matchedCount: 3 },
      ...{ createdCount: 3, succeededCount: 3, failedCount: 0 },
    });
    const ids = receiver.requests.slice(1).map(({ headers }) => headers['webhook-id']);
    expect(ids).to.have.members(missed);
    const { event } = await server.operator.ask<{ event: { deliveries: object[] } }>(
      `{ event: node(id: "${missed[0]}") { ... on Event { deliveries {
        status replayOf { id } attempts { edges { node { trigger } } } } } } }`,
    );
    expect(event.deliveries).to.deep.equal([
      { status: 'SUCCEEDED', replayOf: null, attempts: { edges: [{ node: { trigger: 'REPLAY' } }] } },
    ]);

    expect(await countMissed()).to.equal(0);
    const again = await replayDeliveries(server.operator, gap(), { missed: true });
    expect((await progressOf(server.operator, again.replay!.id)).at(-1)).to.include({
      ...{ status: 'DONE', matchedCount: 0, createdCount: 0 },
    });
    expect(receiver.requests).to.have.lengthOf(4);
  });

  it('makes each delivery once, however often it is asked for at the same time', async () => {
    await setActive(false);
    const missed = await publishIn(accountId, childId);
    await setActive(true);
    const answers = await Promise.all(
      [1, 2, 3].map(() => replayDeliveries(server.operator, gap(), { missed: true })),
    );
    const ended = await Promise.all(
      answers.map(async ({ replay }) => (await progressOf(server.operator, replay!.id)).at(-1)!),
    );
    expect(ended.reduce((sum, { createdCount }) => sum + createdCount, 0)).to.equal(2);
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).to.have.members(missed);
  });

  it('takes what restricts events', async () => {
    await setActive(false);
    const [before] = await publish(
      server.operator,
      newBehavior(accountId, { siteId: 'site-2', occurredAt: '2019-01-01T00:00:00Z' }),
      newBehavior(childId, { data: { script_name: 'Snow', behavior_name: 'b', site_script_id: 's' } }),
    );
    const { node } = await server.operator.ask<{ node: { receivedAt: string } }>(
      `{ node(id: "${before!.event!.id}") { ... on Event { receivedAt } } }`,
    );
    const counts = {
      all: await countMissed(),
      site: await countMissed({ siteId: 'site-2' }),
      text: await countMissed({ bodyContains: 'Snow' }),
      account: await countMissed({ accountIds: [childId] }),
      type: await countMissed({ eventTypes: ['DATA_MISSING'] }),
      before: await countMissed({ createdBefore: node.receivedAt }),
      since: await countMissed({ createdAfter: node.receivedAt }),
    };
    expect(counts).to.deep.equal({ all: 2, site: 1, text: 1, account: 1, type: 0, before: 0, since: 2 });
  });

  it('is refused without what it needs, and with what only deliveries have', async () => {
    const codes = async (filter: object): Promise<string[]> => {
      const { userErrors } = await replayDeliveries(server.operator, filter, { missed: true, dryRun: true });
      return userErrors.map(({ path, code }) => `${path.join('.')} ${code}`);
    };
    expect(await codes({})).to.deep.equal(['filter.webhookIds REQUIRED', 'filter.createdAfter REQUIRED']);
    expect(await codes(gap({ webhookIds: [] }))).to.deep.equal(['filter.webhookIds REQUIRED']);
    const many = Array.from({ length: 101 }, () => webhookId);
    expect(await codes(gap({ webhookIds: many }))).to.deep.equal(['filter.webhookIds TOO_MANY']);
    const ofDeliveries = { statuses: [], httpStatuses: [500], errorClasses: ['HTTP_5XX'], eventId: 'evt' };
    expect(await codes(gap(ofDeliveries))).to.deep.equal(
      Object.keys(ofDeliveries).map((field) => `filter.${field} INVALID`),
    );
  });

  it('is another one than that of deliveries under the same key', async () => {
    const key = { idempotencyKey: `gap of ${receiver.port}` };
    const first = await replayDeliveries(server.operator, gap(), { missed: true, ...key });
    const same = await replayDeliveries(server.operator, gap(), { missed: true, ...key });
    expect(same.replay!.id).to.equal(first.replay!.id);
    for (const missed of [false, null]) {
      const { userErrors } = await replayDeliveries(server.operator, gap(), { missed, ...key });
      expect(userErrors[0]).to.include({ code: 'IDEMPOTENCY_CONFLICT' });
    }
  });

  it('reaches webhooks alone that its caller may change', async () => {
    await setActive(false);
    await publishIn(accountId, childId);
    const childWebhook = await createWebhook(server.operator, {
      ...{ accountId: childId, provider: 'CUSTOM', targetUrl: receiver.url, active: false },
    });
    const token = (id: string, ...scopes: string[]): Promise<ApiUser> =>
      createToken(server.operator, id, ...scopes).then(server.withToken);
    const below = await token(childId, 'READ', 'WEBHOOKS_WRITE');
    const reader = await token(accountId, 'READ');

    expect(await countMissed({ webhookIds: [webhookId, childWebhook] }, below)).to.equal(1);
    for (const id of [webhookId, 'whk_00000000000000000000000000']) {
      const { userErrors } = await replayDeliveries(below, gap({ webhookIds: [id] }), { missed: true });
      expect(userErrors).to.deep.equal([
        {
          ...{ path: ['filter', 'webhookIds'], code: 'NOT_FOUND' },
          message: 'There are no such webhooks, or you may not change them.',
        },
      ]);
    }
    const input = { filter: gap(), missed: true, dryRun: true };
    const refused = await reader.send(REPLAY, { input });
    expect(refused.errors![0]!.extensions.code).to.equal('FORBIDDEN');

    await setWebhookActive(server.operator, childWebhook, true);
    const both = gap({ webhookIds: [webhookId, childWebhook] });
    const { replay } = await replayDeliveries(below, both, { missed: true });
    expect((await progressOf(below, replay!.id)).at(-1)).to.include({ createdCount: 1 });
    expect(await countMissed()).to.equal(2);
  });
});
