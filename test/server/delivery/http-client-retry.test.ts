import { expect } from 'chai';
import type {
  Exchange,
  HttpClient,
  HttpClientOptions,
  HttpRequest,
} from '../../../server/delivery/http-client.js';
import { createTestClient } from '../../helpers/delivery-client.js';
import { startRawReceiver } from '../../helpers/raw-receiver.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';

describe('http client’s quick retries', () => {
  let receiver: Receiver;
  let client: HttpClient;
  let retried: Exchange[];

  const onRetried = (exchange: Exchange): void => void retried.push(exchange);
  const request = (): HttpRequest => ({ url: `${receiver.url}/`, headers: {}, body: 'event' });
  const use = (options: Omit<HttpClientOptions, 'guard'>): void => {
    client.dispose();
    client = createTestClient(options);
  };

  beforeEach(async () => {
    receiver = await startReceiver();
    client = createTestClient();
    retried = [];
  });

  afterEach(async () => {
    client.dispose();
    await receiver.close();
  });

  for (const status of [408, 429, 500, 502, 503, 504, 521, 522, 524])
    it(`repeat after ${status}, as got has it, until it passes`, async () => {
      receiver.reply({ status, body: 'not now' }, status);

      const exchange = await client.send(request, { retries: 2, onRetried });

      expect(exchange).to.include({ number: 3, failure: null });
      expect(exchange.reply?.status).to.equal(200);
      expect(retried.map(({ number, reply }) => [number, reply?.status])).to.deep.equal([
        [1, status],
        [2, status],
      ]);
      expect(retried[0]).to.include({ failure: null });
      expect(retried[0]?.reply?.body).to.equal('not now');
    });

  it('end with the last reply, which is handed out once', async () => {
    receiver.always(503);

    const exchange = await client.send(request, { retries: 2, onRetried });

    expect(exchange.number).to.equal(3);
    expect(exchange.reply?.status).to.equal(503);
    expect(retried.map(({ number }) => number)).to.deep.equal([1, 2]);
    expect(receiver.requests).to.have.length(3);
  });

  it('do not happen when none are asked for', async () => {
    receiver.always(503);

    const exchange = await client.send(request, { retries: 0, onRetried });

    expect(exchange.number).to.equal(1);
    expect(retried).to.be.empty;
    expect(receiver.requests).to.have.length(1);
  });

  it('prepare each request anew: address, headers and body', async () => {
    receiver.reply(500, 500);

    const exchange = await client.send(
      async (number): Promise<HttpRequest> => ({
        url: `${receiver.url}/${number}`,
        headers: { [number === 2 ? 'x-two' : 'x-number']: `${number}` },
        body: number === 2 ? 'bb' : Buffer.from(`body ${number}`),
      }),
      { retries: 2, onRetried },
    );

    expect(receiver.requests.map(({ url, body }) => [url, body])).to.deep.equal([
      ['/1', 'body 1'],
      ['/2', 'bb'],
      ['/3', 'body 3'],
    ]);
    expect(receiver.requests.map(({ headers }) => [headers['x-number'], headers['x-two']])).to.deep.equal([
      ['1', undefined],
      [undefined, '2'],
      ['3', undefined],
    ]);
    expect(
      [...retried, exchange].map(({ request: { url, headers } }) => [url, headers['content-length']]),
    ).to.deep.equal([
      [`${receiver.url}/1`, '6'],
      [`${receiver.url}/2`, '2'],
      [`${receiver.url}/3`, '6'],
    ]);
  });

  it('tell of a failed request before they wait', async () => {
    use({ quickBackoffLimitMs: 60_000, roundTimeoutMs: 600_000 });
    receiver.always(503);
    const controller = new AbortController();

    const exchange = await client.send(request, {
      retries: 1,
      signal: controller.signal,
      onRetried: () => controller.abort(),
    });

    expect(exchange).to.deep.include({ number: 2, reply: null });
    expect(exchange.failure?.errorClass).to.equal('ABORTED');
    expect(receiver.requests).to.have.length(1);
  });

  it('send nothing to a target that has been forbidden meanwhile', async () => {
    receiver.always(503);

    const exchange = await client.send(
      (number) => ({ ...request(), url: number === 1 ? receiver.url : 'http://10.0.0.1/' }),
      { retries: 2, onRetried },
    );

    expect(exchange).to.deep.include({
      number: 2,
      reply: null,
      failure: { errorClass: 'TARGET_BLOCKED', message: 'The target is not allowed.' },
    });
    expect(exchange.request.url).to.equal('http://10.0.0.1/');
    expect(retried).to.have.length(1);
  });

  for (const failingNumber of [1, 2])
    it(`reject with what preparing request ${failingNumber} throws`, async () => {
      receiver.always(503);
      const fault = Object.assign(new Error('database away'), { code: 'ECONNREFUSED' });

      const sent = client.send(
        async (number) => {
          if (number === failingNumber) throw fault;
          return request();
        },
        { retries: 2 },
      );

      expect(await sent.catch((error: unknown) => error)).to.equal(fault);
      expect(receiver.requests).to.have.length(failingNumber - 1);
    });

  describe('and Retry-After', () => {
    const past = new Date(Date.now() - 60_000).toUTCString();
    for (const value of ['-5', '0', 'abc', '', 'NaN', past])
      it(`${JSON.stringify(value)}: ignore it and wait as usual`, async () => {
        use({ quickBackoffLimitMs: 50 });
        receiver.reply({ status: 503, headers: { 'retry-after': value } });

        const exchange = await client.send(request, { retries: 2, onRetried });

        expect(exchange.number).to.equal(2);
        const [first, second] = receiver.requests;
        expect(second!.receivedAt - first!.receivedAt).to.be.at.least(49);
      });

    for (const value of ['9999999999', 'Infinity', '1e300', '0x10', '3', 'Thu, 01 Jan 2099 00:00:00 GMT'])
      it(`${value}: leave a wait beyond their bound to the next round`, async () => {
        receiver.reply({ status: 503, headers: { 'retry-after': value } });

        const exchange = await client.send(request, { retries: 2, onRetried });

        expect(exchange.number).to.equal(1);
        expect(exchange.reply?.status).to.equal(503);
        expect(retried).to.be.empty;
      });

    it('1: wait for as long as it says', async () => {
      use({ quickBackoffLimitMs: 1_000 });
      receiver.reply({ status: 429, headers: { 'retry-after': '1' } });

      const exchange = await client.send(request, { retries: 1 });

      expect(exchange.number).to.equal(2);
      const [first, second] = receiver.requests;
      expect(second!.receivedAt - first!.receivedAt).to.be.at.least(999);
    });
  });

  describe('and the round’s time', () => {
    it('are not begun when they might not end in it', async () => {
      use({ timeoutMs: 10_000, roundTimeoutMs: 10_010, quickBackoffLimitMs: 20 });
      receiver.always(503);

      const exchange = await client.send(request, { retries: 2, onRetried });

      expect(exchange.number).to.equal(1);
      expect(retried).to.be.empty;
    });

    it('end with it', async () => {
      use({ timeoutMs: 10_000, roundTimeoutMs: 100 });
      receiver.always(() => new Promise(() => {}));

      const exchange = await client.send(request, { retries: 2 });

      expect(exchange.failure?.errorClass).to.equal('RESPONSE_TIMEOUT');
      expect(exchange.timings.totalMs).to.be.within(90, 350);
    });
  });

  describe('and a signal', () => {
    it('that was given before: nothing is sent', async () => {
      const exchange = await client.send(request, { retries: 2, signal: AbortSignal.abort() });

      expect(exchange.failure?.errorClass).to.equal('ABORTED');
      expect(receiver.requests).to.be.empty;
    });

    it('end all requests that share it, without a warning, and free their connections', async () => {
      const warnings: Error[] = [];
      process.on('warning', (warning) => warnings.push(warning));
      const raw = await startRawReceiver(() => {});
      const controller = new AbortController();
      const sent = Array.from({ length: 20 }, () =>
        client.send(() => ({ ...request(), url: raw.url }), {
          retries: 2,
          signal: controller.signal,
          onRetried,
        }),
      );
      while (raw.requests.length < 20) await new Promise(setImmediate);

      controller.abort();

      const exchanges = await Promise.all(sent);
      expect(new Set(exchanges.map(({ failure }) => failure?.errorClass))).to.deep.equal(
        new Set(['ABORTED']),
      );
      expect(retried).to.be.empty;
      await raw.idle();
      await raw.close();
      expect(warnings).to.be.empty;
    });
  });
});
