import { once } from 'node:events';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { createSqlite } from '../../helpers/databases.js';
import { signIn, startHookwatch, type TestServer } from '../../helpers/hookwatch.js';
import { createAccount, createToken } from '../../helpers/operations.js';
import { openAcceptedSocket, openRawSocket, type RawSocket } from '../../helpers/raw-socket.js';

const SUBSCRIBE = { query: 'subscription { attempts { cursor } }' };
const VERSION = { query: '{ serverInfo { version } }' };

/** What closes a socket that says this, with a code of its own. */
const abuses: Array<{ title: string; code: number; isAccepted: boolean; messages: Array<string | object> }> =
  [
    {
      ...{ title: 'asks before it says who it is', code: 4401, isAccepted: false },
      messages: [{ id: '1', type: 'subscribe', payload: VERSION }],
    },
    {
      ...{ title: 'says twice who it is', code: 4429, isAccepted: true },
      messages: [{ type: 'connection_init' }],
    },
    {
      ...{ title: 'says twice at once who it is', code: 4429, isAccepted: false },
      messages: [{ type: 'connection_init' }, { type: 'connection_init' }],
    },
    {
      ...{ title: 'brings a wrong token', code: 4403, isAccepted: false },
      messages: [{ type: 'connection_init', payload: { authorization: `Bearer hw_${'0'.repeat(36)}` } }],
    },
    { ...{ title: 'says nothing in JSON', code: 4400, isAccepted: true }, messages: ['{'] },
    { ...{ title: 'says what nobody knows', code: 4400, isAccepted: true }, messages: [{ type: 'open' }] },
    {
      ...{ title: 'asks without an id', code: 4400, isAccepted: true },
      messages: [{ type: 'subscribe', payload: VERSION }],
    },
    {
      ...{ title: 'asks with a list for variables', code: 4400, isAccepted: true },
      messages: [{ id: '1', type: 'subscribe', payload: { ...VERSION, variables: 'x' } }],
    },
    {
      ...{ title: 'uses an id twice', code: 4409, isAccepted: true },
      messages: Array<object>(2).fill({ id: '1', type: 'subscribe', payload: SUBSCRIBE }),
    },
    {
      ...{ title: 'sends 20 MB', code: 1009, isAccepted: true },
      messages: [`"${'x'.repeat(20_000_000)}"`],
    },
    {
      ...{ title: 'sends 20 MB before it says who it is', code: 1009, isAccepted: false },
      messages: ['x'.repeat(20_000_000)],
    },
    {
      ...{ title: 'sends one byte more than 64 KiB', code: 1009, isAccepted: true },
      messages: ['x'.repeat(64 * 1024 + 1)],
    },
  ];

describe('A hostile WebSocket', () => {
  let server: TestServer;
  let token: string;
  let removeDatabase: () => Promise<void>;
  const accepted = (text = token): Promise<RawSocket> =>
    openAcceptedSocket(server.url, { authorization: `Bearer ${text}` });

  before(async () => {
    const database = await createSqlite();
    removeDatabase = database.remove;
    server = await startHookwatch(database.url);
    token = await createToken(server.operator, server.accountId, 'READ');
  });

  afterEach('the server goes on', async () => {
    await server.nobody.ask(VERSION.query);
  });

  after(async () => {
    await server.stop();
    await removeDatabase();
  });

  for (const { title, code, isAccepted, messages } of abuses)
    it(`that ${title} is closed with ${code}`, async () => {
      const raw = isAccepted ? await accepted() : await openRawSocket(server.url);
      for (const message of messages) raw.send(message);
      expect(await raw.closed).to.equal(code);
    });

  it('that does not say who it is within 3 s is closed with 4408', async () => {
    expect(await (await openRawSocket(server.url)).closed).to.equal(4408);
  });

  it('that speaks another protocol is closed with 4406', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`);
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).to.equal(4406);
  });

  it('that sends 20 MB in small frames is closed with 1009', async () => {
    const { socket, closed } = await accepted();
    for (let frame = 0; frame < 2_000; frame += 1) socket.send('x'.repeat(10_000), { fin: false });
    expect(await closed).to.equal(1009);
  });

  it('that breaks the framing is closed with 1002', async () => {
    const { socket, closed } = await accepted();
    const { _socket: tcp } = socket as unknown as { _socket: NodeJS.WritableStream };
    tcp.write(Buffer.from([0xff, 0x80, 0, 0, 0, 0]));
    expect(await closed).to.equal(1002);
  });

  for (const origin of [
    'https://evil.example',
    'null',
    'http://localhost',
    'http://localhost:1',
    '',
    'https://localhost.evil.example',
  ])
    it(`from a page of "${origin}" is refused with 403, before it is one`, async () => {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
        headers: { origin, cookie: await signIn(server.url) },
      });
      socket.on('error', () => undefined);
      const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
      expect(response.statusCode).to.equal(403);
      socket.terminate();
    });

  it('at another address is refused, and its connection ended', async () => {
    for (const path of ['/', '/healthz', '/nowhere', '/graphql/x']) {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`, 'graphql-transport-ws');
      socket.on('error', () => undefined);
      await new Promise((resolve) => socket.once('close', resolve));
    }
  });

  it('may not change anything', async () => {
    const { send, next, socket } = await openAcceptedSocket(server.url, {
      cookie: await signIn(server.url),
      origin: server.url,
    });
    for (const query of [
      'mutation { signOut }',
      'mutation M { signOut } query Q { __typename }',
      `mutation { renameAccount(input: { id: "${server.accountId}", name: "Theirs" }) { account { id } } }`,
    ]) {
      send({ id: '1', type: 'subscribe', payload: { query, operationName: /Q/.test(query) ? 'Q' : null } });
      const answer = await next();
      expect(answer.type, query).to.equal('error');
      expect(answer.payload).to.have.nested.property('[0].message', 'Send mutations over HTTP.');
    }
    socket.terminate();
  });

  it('has 20 subscriptions and no more, of 5,000', async () => {
    const { send, next, socket } = await accepted();
    for (let id = 0; id < 5_000; id += 1) send({ id: String(id), type: 'subscribe', payload: SUBSCRIBE });
    const refused = new Set<string>();
    while (refused.size < 4_980) {
      const { type, id, payload } = await next();
      expect(type).to.equal('error');
      expect(payload).to.have.nested.property('[0].extensions.code', 'RATE_LIMITED');
      refused.add(id!);
    }
    send({ id: '0', type: 'complete' });
    send({ id: 'again', type: 'subscribe', payload: VERSION });
    expect((await next()).payload).to.have.nested.property('data.serverInfo.version');
    socket.terminate();
  });

  it('that gives up 1,000 operations as soon as it has asked is answered the next', async () => {
    const { send, next, socket } = await accepted();
    for (let id = 0; id < 1_000; id += 1) {
      send({ id: String(id), type: 'subscribe', payload: id % 2 === 0 ? SUBSCRIBE : VERSION });
      send({ id: String(id), type: 'complete' });
    }
    send({ id: 'last', type: 'subscribe', payload: VERSION });
    let answer = await next();
    while (answer.id !== 'last') answer = await next();
    expect(answer.payload).to.have.nested.property('data.serverInfo.version');
    socket.terminate();
  });

  it('is the last of 20 of one user; others are let in', async () => {
    const mine = await createToken(server.operator, server.accountId, 'READ');
    const opened = await Promise.all(Array.from({ length: 20 }, () => accepted(mine)));
    const { send, closed } = await openRawSocket(server.url, {
      headers: { authorization: `Bearer ${mine}` },
    });
    send({ type: 'connection_init' });
    expect(await closed).to.equal(4429);
    const other = await accepted();
    other.socket.terminate();
    opened[0]!.socket.close();
    await opened[0]!.closed;
    const instead = await accepted(mine);
    for (const { socket } of [...opened, instead]) socket.terminate();
  });

  const revoke = async (secret: string): Promise<void> => {
    const { viewer } = await server
      .withToken(secret)
      .ask<{ viewer: { token: { id: string } } }>('{ viewer { token { id } } }');
    await server.operator.ask(
      'mutation ($input: RevokeApiTokenInput!) { revokeApiToken(input: $input) { deletedId } }',
      { input: { id: viewer.token.id } },
    );
  };

  it('is closed within 5 s of the revocation of its token, though nothing happens on it', async function () {
    this.timeout(5_000);
    const mine = await createToken(server.operator, server.accountId, 'READ');
    const { send, closed } = await accepted(mine);
    send({ id: '1', type: 'subscribe', payload: SUBSCRIBE });
    await revoke(mine);
    expect(await closed).to.equal(4403);
  });

  it('is closed at the next question after the revocation of its token', async () => {
    const mine = await createToken(server.operator, server.accountId, 'READ');
    const { send, next, closed } = await accepted(mine);
    await revoke(mine);
    send({ id: '1', type: 'subscribe', payload: { query: '{ accounts { totalCount } }' } });
    expect(await Promise.race([closed, next()])).to.equal(4403);
  });

  it('is closed within 5 s of the end of its session', async function () {
    this.timeout(5_000);
    const cookie = await signIn(server.url);
    const { closed } = await openAcceptedSocket(server.url, { cookie, origin: server.url });
    await fetch(`${server.url}/graphql`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json', cookie } },
      body: JSON.stringify({ query: 'mutation { signOut }' }),
    });
    expect(await closed).to.equal(4403);
  });

  it('reads by the roles of the moment', async () => {
    const other = await createAccount(server.operator, 'Other');
    const { send, next, socket } = await openAcceptedSocket(server.url, { cookie: await signIn(server.url) });
    send({ id: '1', type: 'subscribe', payload: { query: `{ account(id: "${other}") { name } }` } });
    expect((await next()).payload).to.deep.equal({ data: { account: { name: 'Other' } } });
    socket.terminate();
  });
});
