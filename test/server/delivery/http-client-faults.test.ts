import { expect } from 'chai';
import type { HttpClient, HttpRequest } from '../../../server/delivery/http-client.js';
import { createTestClient } from '../../helpers/delivery-client.js';
import { hostileReplies } from '../../helpers/hostile-replies.js';
import { startRawReceiver, type RawReceiver } from '../../helpers/raw-receiver.js';

const TIMEOUT_MS = 200;
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

  for (const { name, script, errorClass, message, reply, timesOut } of hostileReplies)
    it(`${name}: ${errorClass}, in time, its connection closed`, async () => {
      receiver = await startRawReceiver(script);
      const { url } = receiver;
      const startedAt = performance.now();

      const exchange = await client.send(() => request(url), { retries: 0 });

      const tookMs = performance.now() - startedAt;
      expect(exchange.failure?.errorClass).to.equal(errorClass);
      if (message) expect(exchange.failure?.message).to.equal(message);
      expect(exchange.reply?.status).to.equal(reply?.status);
      if (reply?.body instanceof RegExp) expect(exchange.reply?.body).to.match(reply.body);
      else if (reply?.body !== undefined) expect(exchange.reply?.body).to.equal(reply.body);
      expect(tookMs).to.be.within(timesOut ? TIMEOUT_MS - 5 : 0, TIMEOUT_MS + 250);
      expect(exchange.timings.totalMs).to.be.at.most(tookMs);
      expect(exchange).to.include({ number: 1, peerAddress: '127.0.0.1' });
      await receiver.idle();
      expect(receiver.requests).to.have.length(1);
    });
});
