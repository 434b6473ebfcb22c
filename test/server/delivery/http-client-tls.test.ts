import { expect } from 'chai';
import type { TlsOptions } from 'node:tls';
import type { Exchange, HttpClient } from '../../../server/delivery/http-client.js';
import { authority, certificateOf } from '../../helpers/certificates.js';
import { createTestClient } from '../../helpers/delivery-client.js';
import { hostileHandshakes } from '../../helpers/hostile-handshakes.js';
import { startRawReceiver, type RawReceiver } from '../../helpers/raw-receiver.js';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const TIMEOUT_MS = 300;

describe('http client over TLS', () => {
  let client: HttpClient;
  let receiver: RawReceiver;

  const listen = async (tls?: TlsOptions): Promise<void> => {
    receiver = await startRawReceiver((socket) => socket.write(OK), tls);
  };
  const send = (): Promise<Exchange> =>
    client.send(() => ({ url: `https://hooks.test:${receiver.port}/`, headers: {}, body: 'secret' }), {
      retries: 0,
    });

  beforeEach(() => {
    client = createTestClient({ timeoutMs: TIMEOUT_MS, ca: authority });
  });

  afterEach(async () => {
    client.dispose();
    await receiver.close();
  });

  it('delivers, tells how long the handshake took and which version it agreed on', async () => {
    await listen(certificateOf('valid'));

    const first = await send();
    const second = await send();

    expect(first.failure).to.equal(null);
    expect(first.timings.tlsMs).to.be.a('number').above(0);
    expect(first).to.include({ tlsVersion: 'TLSv1.3', peerAddress: '127.0.0.1' });
    expect(second.failure).to.equal(null);
    expect(second.timings).to.include({ dnsMs: null, connectMs: null, tlsMs: null });
    expect(second).to.include({ tlsVersion: 'TLSv1.3', peerAddress: '127.0.0.1' });
    expect(receiver.sockets).to.have.length(1);
  });

  it('delivers over TLS 1.2', async () => {
    await listen({ ...certificateOf('valid'), maxVersion: 'TLSv1.2' });

    expect(await send()).to.include({ failure: null, tlsVersion: 'TLSv1.2' });
  });

  it('sends again at once when a kept connection has been closed', async () => {
    await listen(certificateOf('valid'));
    await send();
    receiver.sockets[0]!.resetAndDestroy();

    expect(await send()).to.include({ number: 1, failure: null });
    expect(receiver.sockets).to.have.length(2);
  });

  it('trusts no other certificate because of the environment', async () => {
    await listen(certificateOf('self-signed'));
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const exchange = await send().finally(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']);

    expect(exchange.failure?.errorClass).to.equal('TLS_CERTIFICATE_UNTRUSTED');
    expect(receiver.requests).to.deep.equal([]);
  });

  for (const { name, open, errorClass, message, timesOut } of hostileHandshakes)
    it(`refuses ${name}: ${errorClass}, in time, and sends nothing`, async () => {
      receiver = await open();

      const exchange = await send();

      expect(exchange.failure?.errorClass).to.equal(errorClass);
      expect(exchange.failure?.message).to.match(message);
      expect(exchange.timings.connectMs).to.be.a('number');
      expect(exchange.timings.totalMs).to.be.within(timesOut ? TIMEOUT_MS - 5 : 0, TIMEOUT_MS + 250);
      expect(exchange.reply).to.equal(null);
      await receiver.idle();
      expect(receiver.requests).to.be.empty;
    });

  it('refuses a valid certificate of an unknown authority', async () => {
    await listen(certificateOf('valid'));
    client.dispose();
    client = createTestClient({ timeoutMs: TIMEOUT_MS });

    expect((await send()).failure?.errorClass).to.equal('TLS_CERTIFICATE_UNTRUSTED');
    await receiver.idle();
    expect(receiver.requests).to.be.empty;
  });
});
