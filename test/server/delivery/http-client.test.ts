import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { Exchange, HttpClient, HttpRequest } from '../../../server/delivery/http-client.js';
import { createTestClient } from '../../helpers/delivery-client.js';
import { startRawReceiver, type RawReceiver, type Script } from '../../helpers/raw-receiver.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

describe('http client', () => {
  let receiver: Receiver;
  let client: HttpClient;
  let raw: RawReceiver | null = null;

  const request = (changes: Partial<HttpRequest> = {}): HttpRequest => ({
    url: `${receiver.url}/hook`,
    headers: { 'Content-Type': 'application/json', 'user-agent': 'Hookwatch/1' },
    body: '{"a":1}',
    ...changes,
  });

  /** Sends to a receiver that answers with raw bytes. */
  const sendRaw = async (script: Script, retries = 0): Promise<Exchange> => {
    raw = await startRawReceiver(script);
    const { url } = raw;
    return client.send(() => request({ url }), { retries });
  };

  beforeEach(async () => {
    receiver = await startReceiver();
    client = createTestClient();
  });

  afterEach(async () => {
    client.dispose();
    await receiver.close();
    await raw?.close();
    raw = null;
  });

  describe('a request', () => {
    it('carries exactly the headers that are recorded, and none of got’s own', async () => {
      const exchange = await sendRaw((socket) => socket.write(OK));

      const [head = '', body] = raw!.requests[0]!.split('\r\n\r\n');
      const [line, ...lines] = head.split('\r\n');
      expect(line).to.equal('POST / HTTP/1.1');
      expect(body).to.equal('{"a":1}');
      const sent = lines.map((text) => text.replace(/^[^:]+/, (name) => name.toLowerCase()).split(': '));
      expect(Object.fromEntries(sent)).to.deep.equal(exchange.request.headers);
      expect(exchange.request).to.deep.equal({
        url: raw!.url,
        headers: {
          host: `127.0.0.1:${raw!.port}`,
          'content-type': 'application/json',
          'user-agent': 'Hookwatch/1',
          'content-length': '7',
          'accept-encoding': 'identity',
          connection: 'keep-alive',
        },
        body: '{"a":1}',
      });
    });

    it('carries no user agent when none is prepared, and a body of bytes as it is', async () => {
      const body = Buffer.from([0, 255, 254, 10]);

      await sendRaw((socket) => socket.write(OK));
      await client.send(() => request({ url: raw!.url, headers: {}, body }), { retries: 0 });

      const [head = '', sent = ''] = raw!.requests[1]!.split('\r\n\r\n');
      expect(head).not.to.match(/user-agent/i);
      expect(head).to.include('content-length: 4');
      expect(Buffer.from(sent, 'latin1')).to.deep.equal(body);
    });

    for (const name of [
      'Host',
      'content-length',
      'Transfer-Encoding',
      'connection',
      'Accept-Encoding',
      'expect',
    ])
      it(`is not sent with a header ${name} of the webhook's`, async () => {
        const exchange = await client.send(() => request({ headers: { [name]: '1' } }), { retries: 1 });

        expect(exchange.failure).to.deep.equal({
          errorClass: 'REQUEST_INVALID',
          message: `The request could not be built: ${name} may not be set.`,
        });
        expect(receiver.requests).to.be.empty;
      });

    for (const [name, value] of [
      ['x-a', 'b\r\nx-c: d'],
      ['x a', 'b'],
      ['x-a', 'b\u0100'],
    ] as const)
      it(`is not sent with the header ${JSON.stringify(`${name}: ${value}`)}`, async () => {
        const exchange = await client.send(() => request({ headers: { [name]: value } }), { retries: 2 });

        expect(exchange.failure?.errorClass).to.equal('REQUEST_INVALID');
        expect(exchange.number).to.equal(1);
        expect(receiver.requests).to.be.empty;
      });
  });

  describe('a reply', () => {
    it('is recorded with its status line, its headers in order and spelling, and its body', async () => {
      const exchange = await sendRaw((socket) =>
        socket.write(
          'HTTP/1.1 202 Taken in\r\nX-B: 1\r\nx-a: 2\r\nX-B: 3\r\nContent-Length: 6\r\n\r\nk\u00c3\u00b6k!\n',
          'latin1',
        ),
      );

      expect(exchange.failure).to.equal(null);
      expect(exchange.reply).to.deep.equal({
        httpVersion: '1.1',
        status: 202,
        statusText: 'Taken in',
        headers: [
          { name: 'X-B', value: '1' },
          { name: 'x-a', value: '2' },
          { name: 'X-B', value: '3' },
          { name: 'Content-Length', value: '6' },
        ],
        body: 'kök!\n',
        bodyTruncated: false,
      });
    });

    it('of HTTP/1.0 ends with its connection', async () => {
      const exchange = await sendRaw((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\ndone'));

      expect(exchange.reply).to.include({ httpVersion: '1.0', status: 200, body: 'done' });
      expect(exchange.failure).to.equal(null);
    });

    for (const status of [200, 500])
      it(`${status} keeps the first 16 KiB of its body, cut between characters`, async () => {
        receiver.always({ status, body: 'x' + 'ö'.repeat(10_000) });

        const exchange = await client.send(() => request(), { retries: 0 });

        expect(exchange.reply?.body).to.equal('x' + 'ö'.repeat(8_191));
        expect(exchange.reply?.bodyTruncated).to.equal(true);
        expect(exchange.failure).to.equal(null);
      });

    it('is not decompressed', async () => {
      const bomb = gzipSync(Buffer.alloc(10_000_000));
      const exchange = await sendRaw((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
        socket.write(bomb);
      });

      expect(exchange.failure).to.equal(null);
      expect(exchange.reply?.bodyTruncated).to.equal(false);
      expect(exchange.reply?.body).to.have.length.below(bomb.length + 1);
    });

    for (const status of [301, 302, 303, 307, 308])
      it(`${status} is not followed`, async () => {
        receiver.always({ status, headers: { location: `${receiver.url}/elsewhere` } });

        const exchange = await client.send(() => request(), { retries: 2 });

        expect(exchange.reply?.status).to.equal(status);
        expect(exchange.failure).to.equal(null);
        expect(receiver.requests.map(({ url }) => url)).to.deep.equal(['/hook']);
      });

    for (const status of [200, 204, 304, 400, 401, 404, 410, 413, 418, 501, 599])
      it(`${status} is not retried`, async () => {
        receiver.always(status);

        const exchange = await client.send(() => request(), { retries: 2 });

        expect(exchange).to.include({ number: 1, failure: null });
        expect(exchange.reply?.status).to.equal(status);
        expect(receiver.requests).to.have.length(1);
      });
  });

  describe('the phases', () => {
    it('tell look-up, connection and first byte, and are null on a kept connection', async () => {
      const url = `http://hooks.example.com:${receiver.port}/`;

      const first = await client.send(() => request({ url }), { retries: 0 });
      const second = await client.send(() => request({ url }), { retries: 0 });

      expect(first.timings.dnsMs).to.be.a('number').at.least(0);
      expect(first.timings.connectMs).to.be.a('number').at.least(0);
      expect(first.timings.firstByteMs).to.be.a('number').above(0);
      expect(first.timings.tlsMs).to.equal(null);
      expect(first.timings.totalMs).to.be.at.least(
        first.timings.dnsMs! + first.timings.connectMs! + first.timings.firstByteMs!,
      );
      expect(second.timings).to.include({ dnsMs: null, connectMs: null, tlsMs: null });
      expect(second.timings.firstByteMs).to.be.a('number').above(0);
      expect([first.peerAddress, second.peerAddress]).to.deep.equal(['127.0.0.1', '127.0.0.1']);
      expect(first.tlsVersion).to.equal(null);
    });

    it('have no look-up for an address', async () => {
      const { timings } = await client.send(() => request(), { retries: 0 });

      expect(timings.dnsMs).to.equal(null);
      expect(timings.connectMs).to.be.a('number');
    });
  });

  describe('dispose', () => {
    it('closes kept connections and ends what is under way as ABORTED', async () => {
      raw = await startRawReceiver((socket, number) => void (number === 1 && socket.write(OK)));
      const { url } = raw;
      await client.send(() => request({ url }), { retries: 0 });
      const sent = client.send(() => request({ url }), { retries: 2 });
      while (raw.requests.length < 2) await new Promise(setImmediate);

      client.dispose();

      expect(await sent).to.deep.include({
        number: 1,
        failure: { errorClass: 'ABORTED', message: 'Hookwatch was stopping.' },
      });
      await raw.idle();
      const after = await client.send(() => request({ url }), { retries: 2 });
      expect(after.failure?.errorClass).to.equal('ABORTED');
      expect(raw.sockets).to.have.length(1);
    });
  });
});
