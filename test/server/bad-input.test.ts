import { expect } from 'chai';
import { createSqlite } from '../helpers/databases.js';
import { startHookwatch, type TestServer } from '../helpers/hookwatch.js';
import { createWebhook, newBehavior, publish, saveWebhook } from '../helpers/operations.js';
import { startReceiver, type Receiver } from '../helpers/receiver.js';

describe('Bad input', () => {
  let server: TestServer;
  let receiver: Receiver;
  let removeDatabase: () => Promise<void>;

  before(async () => {
    const database = await createSqlite();
    removeDatabase = database.remove;
    receiver = await startReceiver();
    server = await startHookwatch(database.url);
  });

  after(async () => {
    await server.stop();
    await receiver.close();
    await removeDatabase();
  });

  const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });

  const codeOf = async (response: Response): Promise<string> =>
    ((await response.json()) as { errors: Array<{ extensions: { code: string } }> }).errors[0]!.extensions
      .code;

  it('that is no JSON, no GraphQL or of the wrong type is BAD_USER_INPUT', async () => {
    for (const body of [
      '{',
      '[]',
      '""',
      '{"query":"{"}',
      '{"query":"{ nothing }"}',
      '{"query":"{ account(id: {}) { id } }"}',
      '{}',
    ]) {
      const response = await post(body);
      expect(response.status, body).to.be.within(400, 499);
      expect(await codeOf(response), body).to.equal('BAD_USER_INPUT');
    }
  });

  it('of 2 MB is refused with a hint', async () => {
    const response = await post(`{"query":"${' '.repeat(2_000_000)}"}`);
    expect(response.status).to.equal(413);
    expect(await response.text()).to.include('KiB');
  });

  it('from a foreign page without a content type is refused', async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '{"query":"{ serverInfo { version } }"}',
    });
    expect(response.status).to.be.within(400, 499);
  });

  it('among good events is refused alone, with the path to it', async () => {
    const { accountId } = server;
    await createWebhook(server.operator, { accountId, provider: 'CUSTOM', targetUrl: receiver.url });
    const [good, unknown, incomplete, wrong, alsoGood] = await publish(
      server.operator,
      newBehavior(accountId),
      newBehavior('acc_01AAAAAAAAAAAAAAAAAAAAAAAA'),
      newBehavior(accountId, { data: { script_name: 'a' } }),
      newBehavior(accountId, { data: { script_name: 1, behavior_name: 'b', site_script_id: 'c' } }),
      newBehavior(accountId, {
        data: { script_name: 'a', behavior_name: 'b', site_script_id: 'c', more: { any: [1] } },
      }),
    );
    expect(good).to.deep.include({ deliveryCount: 1, userErrors: [] });
    expect(unknown!.userErrors[0]).to.deep.include({ path: ['events', '1', 'accountId'], code: 'NOT_FOUND' });
    expect(incomplete!.userErrors[0]).to.deep.include({
      path: ['events', '2', 'data', 'behavior_name'],
      code: 'REQUIRED',
    });
    expect(wrong!.userErrors[0]).to.deep.include({
      path: ['events', '3', 'data', 'script_name'],
      code: 'INVALID',
    });
    expect(alsoGood!.userErrors).to.deep.equal([]);
    const arrived = await receiver.waitFor(2);
    const ids = arrived.map(({ headers }) => headers['webhook-id']);
    expect(ids).to.have.members([good!.event!.id, alsoGood!.event!.id]);
  });

  it('with hostile data is kept as data', async () => {
    const { accountId } = server;
    const data = JSON.parse(
      '{"script_name":"</script>\\u0000\\u2028","behavior_name":"\'; drop table events; --","site_script_id":"c","__proto__":{"admin":true},"event_name":"forged"}',
    ) as object;
    const [result] = await publish(server.operator, newBehavior(accountId, { data }));
    const body = JSON.parse(result!.event!.body) as Record<string, unknown>;
    expect(body).to.include({ event_name: 'site_script.new_behavior', script_name: '</script>\u0000\u2028' });
    expect(({} as { admin?: boolean }).admin).to.equal(undefined);
  });

  it('of more than 1,000 events is refused', async () => {
    const { accountId } = server;
    const many = { input: { events: Array.from({ length: 1001 }, () => ({ ...newBehavior(accountId) })) } };
    const token =
      'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { results { deliveryCount } } }';
    const answer = await server.operator.send(token, many);
    expect(answer.errors![0]!.extensions.code).to.equal('BAD_USER_INPUT');
  });

  it('is refused when it starts from a stale version, and the other change stays', async () => {
    const { accountId, operator } = server;
    const id = await createWebhook(operator, {
      accountId,
      provider: 'CUSTOM',
      targetUrl: receiver.url,
      name: 'One',
    });
    const [first, second] = await Promise.all([
      saveWebhook(operator, { id, expectedVersion: 1, name: 'Two' }),
      saveWebhook(operator, { id, expectedVersion: 1, name: 'Three' }),
    ]);
    const codes = [...first.userErrors, ...second.userErrors].map(({ code }) => code);
    expect(codes).to.deep.equal(['CONFLICT']);
    const missing = await saveWebhook(operator, { id, name: 'Four' });
    expect(missing.userErrors[0]).to.deep.include({ path: ['expectedVersion'], code: 'REQUIRED' });
  });

  it('with an unknown id or cursor answers NOT_FOUND or BAD_USER_INPUT', async () => {
    const { operator } = server;
    const unknown = 'whk_01AAAAAAAAAAAAAAAAAAAAAAAA';
    for (const query of [
      `{ webhook(id: "${unknown}") { id } }`,
      `{ node(id: "x") { id } }`,
      `{ account(id: "") { id } }`,
    ])
      expect((await operator.send(query)).errors![0]!.extensions.code, query).to.equal('NOT_FOUND');
    for (const query of [
      '{ attempts(after: "x") { edges { cursor } } }',
      '{ attempts(first: 101) { edges { cursor } } }',
      '{ attempts(first: 0) { edges { cursor } } }',
    ])
      expect((await operator.send(query)).errors![0]!.extensions.code, query).to.equal('BAD_USER_INPUT');
  });

  it('over a WebSocket: a foreign origin and a wrong token are refused, mutations are not taken', async () => {
    const wrong = server.withToken('hw_000000000000000000000000000000000000').socket();
    const refused = await new Promise((resolve) =>
      wrong.subscribe(
        { query: 'subscription { attempts { cursor } }' },
        { next: resolve, error: resolve, complete: () => resolve(null) },
      ),
    );
    expect(refused).to.include({ code: 4403 });
    const mutation = await new Promise<Array<{ message: string }>>((resolve) =>
      server.operator.socket().subscribe(
        { query: 'mutation { signOut }' },
        {
          next: () => resolve([]),
          error: (error) => resolve(error as Array<{ message: string }>),
          complete: () => resolve([]),
        },
      ),
    );
    expect(mutation[0]!.message).to.include('HTTP');
  });
});
