import { expect } from 'chai';
import { eachDatabase } from '../helpers/databases.js';
import { startHookwatch, type TestServer } from '../helpers/hookwatch.js';
import {
  attempts,
  createAccount,
  createToken,
  createWebhook,
  liveAttempts,
  newBehavior,
  publish,
  saveWebhook,
  setWebhookActive,
} from '../helpers/operations.js';
import { startReceiver, type Receiver } from '../helpers/receiver.js';

eachDatabase('An event on its way', (database) => {
  let server: TestServer;
  let receiver: Receiver;

  before(async () => {
    server = await startHookwatch(await database.createUrl(), { RETRY_SCHEDULE: '50ms,50ms,50ms' });
  });

  beforeEach(async () => {
    receiver = await startReceiver();
  });

  afterEach(() => receiver.close());

  after(() => server.stop());

  /** An account of a test's own, so that tests do not hear each other's events. */
  const account = (name: string, parentId = server.accountId): Promise<string> =>
    createAccount(server.operator, `${name} ${receiver.port}`, parentId);

  it('arrives at a Custom endpoint, signed and with its headers, is logged and streamed', async () => {
    const accountId = await account('custom');
    const id = await createWebhook(server.operator, {
      ...{ accountId, provider: 'CUSTOM', targetUrl: `${receiver.url}/hook?a=1` },
      headers: [
        { name: 'X-Api-Key', value: 'key-1234567890' },
        { name: 'X-Team', value: 'blue' },
      ],
    });
    const live = liveAttempts(server.operator, (seen) => seen.length === 1, { accountId });
    const [result] = await publish(server.operator, newBehavior(accountId));
    const [request] = await receiver.waitFor(1);

    expect(request).to.deep.include({ method: 'POST', url: '/hook?a=1', body: result!.event!.body });
    expect(request!.headers).to.deep.include({
      'x-api-key': 'key-1234567890',
      'x-team': 'blue',
      'hookwatch-attempt': '1',
    });
    expect(request!.headers['webhook-id']).to.equal(result!.event!.id);
    expect(request!.headers['webhook-signature']).to.match(/^v1,/);

    const [streamed] = await live;
    expect(streamed).to.deep.include({
      outcome: 'SUCCEEDED',
      httpStatus: 200,
      trigger: 'EVENT',
      webhook: { id },
    });
    expect(streamed!.delivery).to.include({ status: 'SUCCEEDED', attemptCount: 1 });
    expect(await attempts(server.operator, { accountId })).to.deep.equal([streamed]);
    expect(streamed!.request.body).to.equal(request!.body);
    expect(streamed!.response).to.deep.equal({ startLine: 'HTTP/1.1 200 OK', body: 'ok' });
    expect(JSON.stringify(streamed)).not.to.include('key-1234567890');
  });

  it('arrives at Splunk in its envelope, with the token in Authorization', async () => {
    receiver.always({ body: '{"text":"Success","code":0}' });
    const accountId = await account('splunk');
    const secretKey = '11111111-2222-3333-4444-555555555555';
    await createWebhook(server.operator, {
      accountId,
      provider: 'SPLUNK',
      targetUrl: receiver.url,
      secretKey,
    });
    const live = liveAttempts(server.operator, (seen) => seen.length === 1, { accountId });
    const [result] = await publish(server.operator, newBehavior(accountId));
    const [request] = await receiver.waitFor(1);

    expect(request!.url).to.equal('/services/collector/event');
    expect(request!.headers.authorization).to.equal(`Splunk ${secretKey}`);
    const envelope = JSON.parse(request!.body) as { fields: object; event: object };
    expect(envelope.event).to.deep.equal(JSON.parse(result!.event!.body));
    expect(envelope.fields).to.include({ hookwatch_event_id: result!.event!.id });
    const [streamed] = await live;
    expect(streamed).to.include({ outcome: 'SUCCEEDED', httpStatus: 200 });
    expect(JSON.stringify(streamed)).not.to.include(secretKey);
  });

  it('is tried three times and delivered once when the receiver answers 503, 503, 204', async () => {
    receiver.reply(503, 503, 204);
    const accountId = await account('retried');
    await createWebhook(server.operator, { accountId, provider: 'CUSTOM', targetUrl: receiver.url });
    const live = liveAttempts(
      server.operator,
      (seen) => seen.some(({ outcome }) => outcome === 'SUCCEEDED'),
      { accountId },
    );
    await publish(server.operator, newBehavior(accountId));
    const log = await live;

    expect(log.map(({ number, trigger, httpStatus }) => [number, trigger, httpStatus])).to.deep.equal([
      [1, 'EVENT', 503],
      [2, 'RETRY', 503],
      [3, 'RETRY', 204],
    ]);
    expect(new Set(log.map(({ delivery }) => delivery!.id))).to.have.lengthOf(1);
    expect(log[2]!.delivery).to.include({ status: 'SUCCEEDED', attemptCount: 3 });
    const ids = receiver.requests.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids)).to.have.lengthOf(1);
    expect(receiver.requests.map(({ headers }) => headers['hookwatch-attempt'])).to.deep.equal([
      '1',
      '2',
      '3',
    ]);
  });

  it('goes on after the quick retries on the durable schedule, until that ends', async () => {
    receiver.always(500);
    const accountId = await account('exhausted');
    await createWebhook(server.operator, {
      accountId,
      provider: 'CUSTOM',
      targetUrl: receiver.url,
      requestsPerSecond: 1000,
    });
    const live = liveAttempts(server.operator, (seen) => seen.length === 4, { accountId });
    await publish(server.operator, newBehavior(accountId));
    const log = await live;
    expect(log.map(({ number }) => number)).to.deep.equal([1, 2, 3, 4]);
    expect(log[3]).to.include({ outcome: 'RETRYABLE', errorClass: 'HTTP_5XX', nextAttemptAt: null });
    expect(log[3]!.delivery).to.include({ status: 'FAILED', attemptCount: 4 });
    expect(log[0]!.nextAttemptAt).to.be.a('string');
  });

  it('reaches the parent’s webhook only where that includes child accounts, and names the child', async () => {
    const parent = await account('parent');
    const child = await account('child', parent);
    await createWebhook(server.operator, {
      accountId: parent,
      provider: 'CUSTOM',
      targetUrl: `${receiver.url}/without`,
    });
    await createWebhook(server.operator, {
      ...{
        accountId: parent,
        provider: 'CUSTOM',
        targetUrl: `${receiver.url}/with`,
        includeChildAccounts: true,
      },
    });
    const [result] = await publish(server.operator, newBehavior(child));
    expect(result!.deliveryCount).to.equal(1);
    const [request] = await receiver.waitFor(1);
    expect(request!.url).to.equal('/with');
    expect(JSON.parse(request!.body)).to.include({
      account_id: child,
      account_name: `child ${receiver.port}`,
    });
    expect(request!.headers['hookwatch-account-id']).to.equal(child);
  });

  it('is not sent to an inactive webhook, for an unticked type, or to another account', async () => {
    const accountId = await account('quiet');
    const other = await account('other');
    const at = (path: string): object => ({ provider: 'CUSTOM', targetUrl: `${receiver.url}/${path}` });
    await createWebhook(server.operator, { ...at('inactive'), accountId, active: false });
    await createWebhook(server.operator, { ...at('unticked'), accountId, eventTypes: ['DATA_MISSING'] });
    await createWebhook(server.operator, { ...at('other'), accountId: other });
    const [silent] = await publish(server.operator, newBehavior(accountId));
    expect(silent).to.include({ deliveryCount: 0 });
    // The proof: a later event arrives, and nothing came before it.
    await createWebhook(server.operator, { ...at('proof'), accountId });
    await publish(server.operator, newBehavior(accountId));
    await receiver.waitFor(1);
    expect(receiver.requests.map(({ url }) => url)).to.deep.equal(['/proof']);
  });

  it('is published by a program with a token that may, and by no other', async () => {
    const accountId = await account('token');
    await createWebhook(server.operator, { accountId, provider: 'CUSTOM', targetUrl: receiver.url });
    const publisher = server.withToken(await createToken(server.operator, accountId, 'EVENTS_WRITE'));
    const reader = server.withToken(await createToken(server.operator, accountId, 'READ'));
    expect((await publish(reader, newBehavior(accountId)))[0]!.userErrors[0]).to.include({
      code: 'NOT_FOUND',
    });
    expect((await publish(publisher, newBehavior(server.accountId)))[0]!.userErrors[0]).to.include({
      code: 'NOT_FOUND',
    });
    expect((await publish(publisher, newBehavior(accountId)))[0]).to.include({ deliveryCount: 1 });
    await receiver.waitFor(1);
    const anonymous = await server.nobody.send(
      'mutation { publishEvents(input: { events: [] }) { results { deliveryCount } } }',
    );
    expect(anonymous.errors![0]!.extensions.code).to.equal('UNAUTHENTICATED');
  });

  it('is stored once under its idempotency key, also when it is published twice at the same time', async () => {
    const accountId = await account('once');
    await createWebhook(server.operator, { accountId, provider: 'CUSTOM', targetUrl: receiver.url });
    const event = newBehavior(accountId, { idempotencyKey: 'order-1' });
    const results = (
      await Promise.all(Array.from({ length: 5 }, () => publish(server.operator, event, event)))
    ).flat();
    expect(new Set(results.map((result) => result.event!.id))).to.have.lengthOf(1);
    expect(results.filter(({ deduplicated }) => !deduplicated)).to.have.lengthOf(1);
    const [changed] = await publish(
      server.operator,
      newBehavior(accountId, { idempotencyKey: 'order-1', siteName: 'Else' }),
    );
    expect(changed!.userErrors[0]).to.include({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  it('is held while its webhook is switched off, and sent when that is on again', async () => {
    receiver.always(500);
    const accountId = await account('held');
    const id = await createWebhook(server.operator, {
      ...{ accountId, provider: 'CUSTOM', targetUrl: receiver.url, requestsPerSecond: 1000 },
    });
    const [result] = await publish(server.operator, newBehavior(accountId));
    await receiver.waitFor(1);
    const { webhook } = await saveWebhook(server.operator, { id, expectedVersion: 1, active: false });
    expect(webhook).to.include({ version: 2 });
    receiver.always(204);
    const live = liveAttempts(
      server.operator,
      (seen) => seen.some(({ outcome }) => outcome === 'SUCCEEDED'),
      { accountId },
    );
    await setWebhookActive(server.operator, id, true);
    const log = await live;
    expect(log.at(-1)!.delivery).to.include({ status: 'SUCCEEDED' });
    expect(receiver.requests.at(-1)!.headers['webhook-id']).to.equal(result!.event!.id);
  });

  it('is sent where a change that was just saved says', async () => {
    receiver.always(500);
    const accountId = await account('changed');
    const id = await createWebhook(server.operator, {
      ...{ accountId, provider: 'CUSTOM', targetUrl: `${receiver.url}/old`, requestsPerSecond: 1000 },
    });
    await publish(server.operator, newBehavior(accountId));
    await receiver.waitFor(1);
    receiver.always(204);
    await saveWebhook(server.operator, { id, expectedVersion: 1, targetUrl: `${receiver.url}/new` });
    await receiver.waitFor(({ url }) => url === '/new');
  });
});
