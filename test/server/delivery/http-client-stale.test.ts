import { expect } from 'chai';
import type { Exchange, HttpClient } from '../../../server/delivery/http-client.js';
import { createTestClient } from '../../helpers/delivery-client.js';
import { startRawReceiver } from '../../helpers/raw-receiver.js';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

describe('a receiver that has closed a kept connection', () => {
  let client: HttpClient;
  let retried: Exchange[];

  const onRetried = (exchange: Exchange): void => void retried.push(exchange);

  beforeEach(() => {
    client = createTestClient();
    retried = [];
  });

  afterEach(() => client.dispose());

  it('gets the same request again at once, as the same attempt', async () => {
    // The second request meets a connection that is reset the moment it is used.
    const raw = await startRawReceiver((socket, number) =>
      number === 2 ? void socket.resetAndDestroy() : void socket.write(OK),
    );
    const prepared: number[] = [];
    const send = (): Promise<Exchange> =>
      client.send(
        (number) => {
          prepared.push(number);
          return { url: raw.url, headers: {}, body: 'event' };
        },
        { retries: 0, onRetried },
      );

    await send();
    const exchange = await send();

    expect(exchange).to.include({ number: 1, failure: null });
    expect(exchange.reply?.status).to.equal(200);
    expect(prepared).to.deep.equal([1, 1]);
    expect(retried).to.be.empty;
    expect(raw.requests[2]).to.equal(raw.requests[1]);
    expect(raw.sockets).to.have.length(2);
    await raw.close();
  });

  it('gets it once more only; the next reset is a failed attempt', async () => {
    const raw = await startRawReceiver((socket, number) =>
      number === 1 ? void socket.write(OK) : void socket.resetAndDestroy(),
    );
    const send = (): Promise<Exchange> =>
      client.send(() => ({ url: raw.url, headers: {}, body: 'event' }), { retries: 1, onRetried });

    await send();
    const exchange = await send();

    expect(exchange).to.include({ number: 2, reply: null });
    expect(exchange.failure?.errorClass).to.equal('CONNECTION_RESET');
    expect(retried.map(({ number, failure }) => [number, failure?.errorClass])).to.deep.equal([
      [1, 'CONNECTION_RESET'],
    ]);
    expect(raw.requests).to.have.length(4);
    await raw.close();
  });

  it('gets it once only when a part of the reply has come', async () => {
    const raw = await startRawReceiver((socket, number) =>
      number === 1 ? void socket.write(OK) : void socket.end('HTTP/1.1 200 OK\r\ncontent-'),
    );
    const send = (): Promise<Exchange> =>
      client.send(() => ({ url: raw.url, headers: {}, body: 'event' }), { retries: 0 });

    await send();
    const exchange = await send();

    expect(exchange.failure?.errorClass).to.equal('CONNECTION_RESET');
    expect(raw.requests).to.have.length(2);
    await raw.close();
  });
});
