import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { authority, certificateOf } from '../../helpers/certificates.js';
import { startReceiver, type Receiver } from '../../helpers/receiver.js';

describe('a receiver', () => {
  let receiver: Receiver;

  const post = (path: string, body = '') => fetch(receiver.url + path, { method: 'POST', body });

  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(() => receiver.close());

  it('records what it gets', async () => {
    await fetch(`${receiver.url}/hook?a=1`, { method: 'PUT', body: 'zażółć', headers: { 'X-One': '1' } });
    const { method, url, headers, rawHeaders, body } = receiver.requests[0]!;
    expect({ method, url, body }).to.deep.equal({ method: 'PUT', url: '/hook?a=1', body: 'zażółć' });
    expect(headers).to.include({ 'x-one': '1' });
    expect(rawHeaders).to.include('1');
  });

  it('gives the replies of its script, then the usual one', async () => {
    receiver.reply(503, ({ body }) => ({ status: 429, headers: { 'retry-after': '1' }, body: `${body}!` }));
    receiver.always(204);
    const first = await post('/');
    const second = await post('/', 'slower');
    const third = await post('/');
    expect([first.status, second.status, third.status]).to.deep.equal([503, 429, 204]);
    expect(second.headers.get('retry-after')).to.equal('1');
    expect(await second.text()).to.equal('slower!');
  });

  it('waits for requests to come', async () => {
    const both = receiver.waitFor(2);
    const second = receiver.waitFor(({ url }) => url === '/2');
    await post('/1');
    await post('/2');
    expect((await both).map(({ url }) => url)).to.deep.equal(['/1', '/2']);
    expect((await second).map(({ url }) => url)).to.deep.equal(['/2']);
  });

  it('says what came where it waited in vain', async () => {
    await post('/1', 'one');
    const failure = await receiver.waitFor(2, 1).catch((error: Error) => error.message);
    expect(failure)
      .to.match(/2 requests did not arrive within 1 ms/)
      .and.match(/POST \/1 one/);
  });

  it('ends held requests when it closes', async () => {
    receiver.always(() => new Promise(() => {}));
    const held = post('/').then(
      () => 'answered',
      () => 'ended',
    );
    await receiver.waitFor(1);
    await receiver.close();
    expect(await held).to.equal('ended');
  });

  it('speaks HTTPS', async () => {
    const secure = await startReceiver({ tls: certificateOf('valid') });
    try {
      const sent = request(secure.url, { ca: authority, agent: false });
      sent.end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      expect(response.statusCode).to.equal(200);
      expect(await text(response)).to.equal('ok');
    } finally {
      await secure.close();
    }
  });
});
