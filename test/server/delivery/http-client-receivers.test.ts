import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import type { Exchange, HttpClient, HttpRequest } from '../../../server/delivery/http-client.js';
import { createTestClient } from '../../helpers/delivery-client.js';
import { startRawReceiver, type RawReceiver } from '../../helpers/raw-receiver.js';

const TIMEOUT_MS = 200;
const HEAD_200 = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n';

describe('http client, when a receiver', () => {
  let client: HttpClient;
  let receiver: RawReceiver | null = null;

  const request = (url: string): HttpRequest => ({ url, headers: {}, body: 'event' });

  beforeEach(() => {
    client = createTestClient({ timeoutMs: TIMEOUT_MS });
  });

  afterEach(async () => {
    client.dispose();
    await receiver?.close();
    receiver = null;
  });

  it('refuses the connection: CONNECTION_REFUSED', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');

    const exchange = await client.send(() => request(`http://127.0.0.1:${port}/`), { retries: 0 });

    expect(exchange).to.deep.include({
      reply: null,
      peerAddress: null,
      failure: { errorClass: 'CONNECTION_REFUSED', message: 'The connection was refused.' },
    });
    expect(exchange.timings).to.include({ dnsMs: null, connectMs: null, firstByteMs: null });
    expect(exchange.request.headers).to.include({ host: `127.0.0.1:${port}` });
  });

  it('never accepts the connection: CONNECT_TIMEOUT', async () => {
    // A listener that is asleep, its queue full.
    const listener = new Worker(
      `const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
        require('node:worker_threads').parentPort.postMessage(server.address().port);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      });`,
      { eval: true },
    );
    const [port] = (await once(listener, 'message')) as [number];
    const queued = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}));

    const exchange = await client.send(() => request(`http://127.0.0.1:${port}/`), { retries: 0 });

    expect(exchange.failure).to.deep.equal({
      errorClass: 'CONNECT_TIMEOUT',
      message: 'The connection was not established in time.',
    });
    expect(exchange.timings.connectMs).to.equal(null);
    expect(exchange.timings.totalMs).to.be.within(TIMEOUT_MS - 5, TIMEOUT_MS + 250);
    for (const socket of queued) socket.destroy();
    await listener.terminate();
  });

  it('sends more after its reply: the reply counts, and the connection is not used again', async () => {
    receiver = await startRawReceiver((socket) =>
      socket.write(`${HEAD_200}content-length: 2\r\n\r\nokHTTP/1.1 666 Evil\r\n\r\n`),
    );
    const { url } = receiver;

    const first = await client.send(() => request(url), { retries: 0 });
    const second = await client.send(() => request(url), { retries: 0 });

    for (const { failure, reply } of [first, second]) {
      expect(failure).to.equal(null);
      expect(reply).to.include({ status: 200, body: 'ok' });
    }
    expect(receiver.sockets).to.have.length(2);
  });

  it('answers and closes before it has read the request: ends at once, with the reply or CONNECTION_RESET', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {}).resume();
      socket.end('HTTP/1.1 413 Too large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/`;

    const exchange = await client.send(() => ({ ...request(url), body: 'x'.repeat(1_000_000) }), {
      retries: 0,
    });

    expect(exchange.reply?.status ?? exchange.failure?.errorClass).to.be.oneOf([413, 'CONNECTION_RESET']);
    server.close();
    await once(server, 'close');
  });

  it('redirects to itself for ever: one request', async () => {
    receiver = await startRawReceiver((socket) =>
      socket.write('HTTP/1.1 307 Loop\r\nlocation: /\r\ncontent-length: 0\r\n\r\n'),
    );
    const { url } = receiver;

    const exchange = await client.send(() => request(url), { retries: 2 });

    expect(exchange.reply?.status).to.equal(307);
    expect(receiver.requests).to.have.length(1);
  });

  it('hangs: got tries again, and each try has its own time', async () => {
    receiver = await startRawReceiver(
      (socket, number) => void (number === 3 && socket.write(`${HEAD_200}content-length: 0\r\n\r\n`)),
    );
    const { url } = receiver;
    client.dispose();
    client = createTestClient({ timeoutMs: TIMEOUT_MS, roundTimeoutMs: 5_000 });
    const retried: Exchange[] = [];

    const exchange = await client.send(() => request(url), {
      retries: 2,
      onRetried: (one) => retried.push(one),
    });

    expect(exchange).to.include({ number: 3, failure: null });
    expect(retried.map(({ failure }) => failure?.errorClass)).to.deep.equal([
      'RESPONSE_TIMEOUT',
      'RESPONSE_TIMEOUT',
    ]);
    for (const { timings } of retried) expect(timings.totalMs).to.be.within(TIMEOUT_MS - 5, TIMEOUT_MS + 250);
  });

  it('floods with errors: got tries again with each, and no connection stays', async () => {
    receiver = await startRawReceiver((socket, number) => {
      if (number === 1) socket.resetAndDestroy();
      else if (number === 2) socket.end(`HTTP/1.1 503 Away\r\ncontent-length: 9\r\n\r\nshort`);
      else socket.end(`${HEAD_200}\r\n`);
    });
    const { url } = receiver;
    const retried: Exchange[] = [];
    client.dispose();
    client = createTestClient();

    const exchange = await client.send(() => request(url), {
      retries: 2,
      onRetried: (one) => retried.push(one),
    });

    expect(exchange).to.include({ number: 3, failure: null });
    expect(retried.map(({ failure, reply }) => [failure?.errorClass, reply?.status])).to.deep.equal([
      ['CONNECTION_RESET', undefined],
      ['CONNECTION_RESET', 503],
    ]);
    await receiver.idle();
  });
});
