import { expect } from 'chai';
import { eachDatabase } from '../../helpers/databases.js';
import { startHookwatch, type ApiUser, type TestServer } from '../../helpers/hookwatch.js';
import {
  createAccount,
  createToken,
  createWebhook,
  liveAttempts,
  newBehavior,
  publish,
  setWebhookActive,
} from '../../helpers/operations.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';
import {
  progressOf,
  REPLAY,
  replayDeliveries,
  REPLAY_FIELDS,
  type ReplayNode,
} from '../../helpers/replays.js';
import { until } from '../../helpers/until.js';

eachDatabase('A replay', (database) => {
  let url: string;
  let server: TestServer;
  let receiver: Receiver;

  const start = async (): Promise<void> => {
    server = await startHookwatch(url, { RETRY_SCHEDULE: '1ms', QUICK_RETRIES: '0' });
  };

  before(async () => {
    url = await database.createUrl();
    await start();
  });

  beforeEach(async () => {
    receiver = await startReceiver();
  });

  afterEach(() => receiver.close());

  after(() => server.stop());

  /** A webhook of an account of its own, with events that it has got or refused for good. */
  async function addDelivered(
    count: number,
    status = 204,
  ): Promise<{ accountId: string; webhookId: string }> {
    const accountId = await createAccount(
      server.operator,
      `Account ${receiver.port} ${count}`,
      server.accountId,
    );
    const webhookId = await createWebhook(server.operator, {
      ...{ accountId, provider: 'CUSTOM', targetUrl: receiver.url, requestsPerSecond: 1_000 },
    });
    receiver.always(status);
    const done = liveAttempts(
      server.operator,
      (log) => log.filter(({ nextAttemptAt }) => nextAttemptAt === null).length === count,
      { accountId },
    );
    await publish(server.operator, ...Array.from({ length: count }, () => newBehavior(accountId)));
    await done;
    return { accountId, webhookId };
  }

  it('is counted first, then sends each delivery again once and tells how it goes on', async () => {
    const { webhookId } = await addDelivered(2, 500);
    receiver.always(204);
    const before = receiver.requests.length;
    const filter = { webhookIds: [webhookId], statuses: ['FAILED'] };
    expect(await replayDeliveries(server.operator, filter, { dryRun: true })).to.deep.equal({
      ...{ matchedCount: 2, replay: null, userErrors: [] },
    });

    const { matchedCount, replay } = await replayDeliveries(server.operator, filter);
    expect(matchedCount).to.equal(2);
    const told = await progressOf(server.operator, replay!.id);
    expect(told.at(-1)).to.deep.equal({
      ...{ id: replay!.id, status: 'DONE', matchedCount: 2 },
      ...{ createdCount: 2, succeededCount: 2, failedCount: 0 },
    });
    const sent = receiver.requests.slice(before).map(({ headers }) => headers['webhook-id']);
    expect(new Set(sent)).to.deep.equal(
      new Set(receiver.requests.slice(0, before).map(({ headers }) => headers['webhook-id'])),
    );
    expect(sent).to.have.lengthOf(2);
    const { webhook } = await server.operator.ask<{ webhook: { deliveries: { edges: object[] } } }>(
      `{ webhook(id: "${webhookId}") { deliveries(filter: { statuses: [SUCCEEDED] }) { edges { node {
        status replayOf { status } attempts { edges { node { trigger } } } } } } } }`,
    );
    expect(webhook.deliveries.edges).to.deep.equal(
      Array.from({ length: 2 }, () => ({
        node: {
          status: 'SUCCEEDED',
          replayOf: { status: 'FAILED' },
          attempts: { edges: [{ node: { trigger: 'REPLAY' } }] },
        },
      })),
    );
    expect(await replayDeliveries(server.operator, filter, { dryRun: true })).to.include({ matchedCount: 0 });
    const { node, byId } = await server.operator.ask<{ node: ReplayNode; byId: ReplayNode }>(
      `{ node(id: "${replay!.id}") { ... on Replay { ${REPLAY_FIELDS} } } byId: replay(id: "${replay!.id}") { ${REPLAY_FIELDS} } }`,
    );
    expect([node, byId]).to.deep.equal([told.at(-1), told.at(-1)]);
  });

  it('is the same replay when it is asked for again under its key', async () => {
    const { webhookId } = await addDelivered(2);
    const filter = { webhookIds: [webhookId] };
    const key = { idempotencyKey: 'gap of Monday' };
    const answers = await Promise.all([1, 2, 3].map(() => replayDeliveries(server.operator, filter, key)));
    expect(new Set(answers.map(({ replay }) => replay!.id))).to.have.lengthOf(1);
    await receiver.waitFor(4);
    const { userErrors } = await replayDeliveries(server.operator, {}, key);
    expect(userErrors).to.deep.include({
      ...{ path: ['idempotencyKey'], code: 'IDEMPOTENCY_CONFLICT' },
      message: 'This key was used for another replay.',
    });
    await progressOf(server.operator, answers[0]!.replay!.id);
    expect(receiver.requests).to.have.lengthOf(4);
  });

  it('goes on after a restart', async () => {
    const { webhookId } = await addDelivered(20);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    receiver.always(() => held.then(() => 204));
    const { replay } = await replayDeliveries(server.operator, { webhookIds: [webhookId] });
    await receiver.waitFor(21);
    const stopped = server.stop();
    release();
    await stopped;
    await start();
    const told = await progressOf(server.operator, replay!.id);
    expect(told.at(-1)).to.include({ status: 'DONE', createdCount: 20, succeededCount: 20 });
    expect(receiver.requests).to.have.lengthOf(40);
  });

  it('waits with what it sends to a webhook that is switched off, and is cancelled with that', async () => {
    const { webhookId } = await addDelivered(2);
    await setWebhookActive(server.operator, webhookId, false);
    const { replay } = await replayDeliveries(server.operator, { webhookIds: [webhookId] });
    const health = (): Promise<{ webhook: { health: { heldDeliveries: number } } }> =>
      server.operator.ask(`{ webhook(id: "${webhookId}") { health { heldDeliveries } } }`);
    await until('both are held', async () => (await health()).webhook.health.heldDeliveries === 2);
    const { cancelReplay } = await server.operator.ask<{ cancelReplay: { replay: ReplayNode } }>(
      'mutation ($input: CancelReplayInput!) { cancelReplay(input: $input) { replay { status } } }',
      { input: { id: replay!.id } },
    );
    expect(cancelReplay.replay.status).to.equal('CANCELLED');
    expect((await progressOf(server.operator, replay!.id)).at(-1)).to.include({ status: 'CANCELLED' });
    await setWebhookActive(server.operator, webhookId, true);
    await publish(
      server.operator,
      newBehavior(
        (
          await server.operator.ask<{ webhook: { account: { id: string } } }>(
            `{ webhook(id: "${webhookId}") { account { id } } }`,
          )
        ).webhook.account.id,
      ),
    );
    await receiver.waitFor(3);
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id']))).to.have.lengthOf(3);
  });

  it('reaches no further than its caller, who may be told of by those alone who see all of it', async () => {
    const mine = await addDelivered(1);
    const theirs = await addDelivered(2);
    const token = (accountId: string, ...scopes: string[]): Promise<ApiUser> =>
      createToken(server.operator, accountId, ...scopes).then(server.withToken);
    const writer = await token(mine.accountId, 'READ', 'WEBHOOKS_WRITE');
    const reader = await token(mine.accountId, 'READ');
    const stranger = await token(theirs.accountId, 'READ', 'WEBHOOKS_WRITE');

    expect(await replayDeliveries(writer, {}, { dryRun: true })).to.include({ matchedCount: 1 });
    const { userErrors } = await replayDeliveries(writer, { webhookIds: [theirs.webhookId] });
    expect(userErrors[0]).to.deep.include({ path: ['filter', 'webhookIds'], code: 'NOT_FOUND' });
    const refused = await reader.send(REPLAY, { input: { filter: {}, dryRun: true } });
    expect(refused.errors![0]!.extensions.code).to.equal('FORBIDDEN');
    const anonymous = await server.nobody.send(REPLAY, { input: { filter: {}, dryRun: true } });
    expect(anonymous.errors![0]!.extensions.code).to.equal('UNAUTHENTICATED');

    const { replay } = await replayDeliveries(writer, {});
    await progressOf(reader, replay!.id);
    expect(receiver.requests).to.have.lengthOf(4);
    const look = `{ replay(id: "${replay!.id}") { id } }`;
    expect((await reader.send<{ replay: object }>(look)).data.replay).to.deep.equal({ id: replay!.id });
    expect((await stranger.send(look)).errors![0]!.extensions.code).to.equal('NOT_FOUND');
    const cancel = `mutation { cancelReplay(input: { id: "${replay!.id}" }) { replay { id } } }`;
    expect((await reader.send(cancel)).errors![0]!.extensions.code).to.equal('FORBIDDEN');
    expect((await stranger.send(cancel)).errors![0]!.extensions.code).to.equal('NOT_FOUND');
  });
});
