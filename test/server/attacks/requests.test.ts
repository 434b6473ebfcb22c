import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { createSqlite } from '../../helpers/databases.js';
import { startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { createToken, newBehavior, publish } from '../../helpers/operations.js';

const VERSION = '{"query":"{ serverInfo { version } }"}';
const KIB = 1024;

/** A body whose length is not announced. */
const inChunks = (kib: number): ReadableStream =>
  new ReadableStream({
    start(controller) {
      for (let sent = 0; sent < kib; sent += 1) controller.enqueue(Buffer.alloc(KIB, ' '));
      controller.enqueue(Buffer.from(VERSION));
      controller.close();
    },
  });

/** What a request must be answered with. */
const requests: Array<{ title: string; status: number; init: RequestInit; withToken?: true }> = [
  { title: 'a batch', status: 400, init: { body: `[${VERSION},${VERSION}]` } },
  {
    title: 'a persisted query',
    status: 200,
    init: { body: '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}' },
  },
  {
    title: 'a subscription',
    status: 400,
    init: { body: '{"query":"subscription { attempts { cursor } }"}' },
  },
  { title: 'variables as text', status: 400, init: { body: '{"query":"{ __typename }","variables":"x"}' } },
  { title: 'a list for a query', status: 400, init: { body: '{"query":["{ __typename }"]}' } },
  {
    title: 'an operation’s name that is an object',
    status: 400,
    init: { body: '{"query":"{ __typename }","operationName":{"a":1}}' },
  },
  {
    title: 'an operation’s name that every object has',
    status: 400,
    init: { body: '{"query":"{ __typename }","operationName":"constructor"}' },
  },
  {
    title: 'a form, as a foreign page can send it',
    status: 415,
    init: {
      body: 'query={__typename}',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
  },
  {
    title: 'text, as a foreign page can send it',
    status: 400,
    init: { body: VERSION, headers: { 'content-type': 'text/plain' } },
  },
  {
    title: 'a type within a type, as a foreign page can send it',
    status: 400,
    init: { body: VERSION, headers: { 'content-type': 'text/plain; application/json' } },
  },
  { title: 'a file', status: 415, init: { body: new FormData() } },
  { title: '257 KiB without a token', status: 413, init: { body: ' '.repeat(257 * KIB) } },
  {
    title: '257 KiB with another kind of authorization',
    status: 413,
    init: { body: ' '.repeat(257 * KIB), headers: { authorization: 'Basic YTpi' } },
  },
  { title: '300 KiB in chunks without a token', status: 413, init: { body: inChunks(300) } },
  {
    title: '1,100 KiB in chunks with a token',
    status: 413,
    init: { body: inChunks(1_100) },
    withToken: true,
  },
  { title: '2 MB', status: 413, init: { body: ' '.repeat(2_000_000) }, withToken: true },
  {
    title: 'variables nested 100,000 deep',
    status: 400,
    init: {
      body: `{"query":"query ($f: AttemptFilter) { attempts(filter: $f) { totalCount } }","variables":{"f":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
    },
    withToken: true,
  },
];

describe('A hostile request', () => {
  let server: TestServer;
  let token: string;
  let removeDatabase: () => Promise<void>;

  before(async () => {
    const database = await createSqlite();
    removeDatabase = database.remove;
    server = await startHookwatch(database.url);
    token = await createToken(server.operator, server.accountId, 'READ', 'EVENTS_WRITE');
  });

  after(async () => {
    await server.stop();
    await removeDatabase();
  });

  const post = (init: RequestInit, withToken = false): Promise<Response> => {
    const isForm = init.body instanceof FormData;
    const headers = {
      ...(isForm ? {} : { 'content-type': 'application/json' }),
      ...(withToken ? { authorization: `Bearer ${token}` } : {}),
      ...(init.headers as Record<string, string>),
    };
    return fetch(`${server.url}/graphql`, { ...{ duplex: 'half' }, ...init, method: 'POST', headers });
  };

  for (const { title, status, init, withToken } of requests)
    it(`with ${title} is answered ${status} and BAD_USER_INPUT`, async () => {
      const response = await post(init, withToken);
      expect(response.status).to.equal(status);
      const { errors } = (await response.json()) as { errors: Array<{ extensions: { code: string } }> };
      expect(errors[0]!.extensions.code).to.equal('BAD_USER_INPUT');
    });

  it('is told from the largest that is taken: 900 KiB, in chunks, with a token', async () => {
    expect(await (await post({ body: inChunks(900) }, true)).json()).to.have.nested.property(
      'data.serverInfo.version',
    );
  });

  it('by any other method than POST finds nothing', async () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'])
      expect((await fetch(`${server.url}/graphql?query={__typename}`, { method })).status, method).to.equal(
        404,
      );
  });

  it('of a foreign page is not allowed by its browser: no answer carries CORS headers', async () => {
    for (const method of ['OPTIONS', 'POST']) {
      const { headers } = await fetch(`${server.url}/graphql`, {
        method,
        headers: {
          ...{ origin: 'https://evil.example', 'access-control-request-method': 'POST' },
          ...{ 'access-control-request-headers': 'content-type', 'content-type': 'application/json' },
        },
        ...(method === 'POST' ? { body: VERSION } : {}),
      });
      expect(
        [...headers.keys()].filter((name) => name.startsWith('access-control-')),
        method,
      ).to.deep.equal([]);
    }
  });

  it('whose headers do not come is given up after some seconds', async function () {
    this.timeout(30_000);
    const beginnings = ['', 'POST /graphql HTTP/1.1\r\nhost: x\r\nx-y'];
    const given = beginnings.map(async (beginning) => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      socket.write(beginning);
      return text(socket);
    });
    for (const answer of await Promise.all(given)) expect(answer).to.match(/^HTTP\/1\.1 408 /);
  });

  it('with a filter of 40,000 values is refused, not tried', async () => {
    const values = Array.from({ length: 40_000 }, (_, index) => String(index));
    const reader = server.withToken(token);
    for (const filter of [{ webhookIds: values }, { errorClasses: values }, { accountIds: values }]) {
      const { errors } = await reader.send(
        'query ($filter: DeliveryFilter) { deliveries(filter: $filter) { totalCount } }',
        { filter },
      );
      expect(errors![0]!.extensions.code).to.equal('BAD_USER_INPUT');
      expect(errors![0]!.message).to.match(/at most 1000 values/);
    }
  });

  it('with an event nested 400,000 deep is told so in a few words', async () => {
    const depth = 400_000;
    const query =
      'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { results { userErrors { code message path } } } }';
    const event = JSON.stringify({ ...newBehavior(server.accountId), data: 'HERE' });
    const body = `{"query":"${query}","variables":{"input":{"events":[${event}]}}}`.replace(
      '"HERE"',
      `{"script_name":"a","behavior_name":"b","site_script_id":"c","more":${'['.repeat(depth)}${']'.repeat(depth)}}`,
    );
    const text = await (await post({ body }, true)).text();
    expect(text).to.include('INVALID');
    expect(text.length).to.be.below(2_000);
    const [result] = await publish(server.withToken(token), newBehavior(server.accountId));
    expect(result!.userErrors).to.deep.equal([]);
  });
});
