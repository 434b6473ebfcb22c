import { once } from 'node:events';
import { request as httpRequest, type RequestOptions } from 'node:http';
import { connect, createServer, type LookupFunction, type Server } from 'node:net';
import { expect } from 'chai';
import { createEgressGuard, type EgressGuard } from '../../../server/delivery/egress-guard.js';
import { createHttpClient } from '../../../server/delivery/http-client.js';
import { refusedUrls } from '../../helpers/egress-urls.js';

describe('egress guard', () => {
  const guards: EgressGuard[] = [];
  const guard = (options: Partial<Parameters<typeof createEgressGuard>[0]> = {}): EgressGuard => {
    const made = createEgressGuard({ allowedPrivateTargets: [], ...options });
    guards.push(made);
    return made;
  };

  afterEach(() => {
    for (const made of guards.splice(0)) made.dispose();
  });

  describe('when a connection is made', () => {
    let canary: Server;
    let port: number;
    let hits: number;

    /** Asks for a URL through the guard's agents, as any careless program would; resolves to its error or status. */
    const ask = (made: EgressGuard, options: RequestOptions): Promise<string> =>
      new Promise((resolve) => {
        httpRequest({ agent: made.agents.http, port, ...options })
          .on('response', (response) => resolve(`${response.resume().statusCode}`))
          .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
          .end();
      });
    const answering =
      (...addresses: string[]): LookupFunction =>
      (_hostname, _options, callback) =>
        setImmediate(
          callback,
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        );

    beforeEach(async () => {
      hits = 0;
      canary = createServer((socket) => {
        hits += 1;
        socket.resume().end('HTTP/1.1 200 Hit\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      }).listen(0, '127.0.0.1');
      await once(canary, 'listening');
      ({ port } = canary.address() as { port: number });
    });

    afterEach(async () => {
      // A connection of our own: whatever was dialled before has been counted by now.
      const before = hits;
      const proof = connect(port, '127.0.0.1').resume();
      await once(proof, 'close');
      expect(hits).to.equal(before + 1);
      canary.close();
      await once(canary, 'close');
    });

    it('reaches the canary where it is allowed', async () => {
      const made = guard({
        allowedPrivateTargets: [{ cidr: '127.0.0.1', port }],
        lookup: answering('127.0.0.1'),
      });

      expect(await ask(made, { host: '127.0.0.1' })).to.equal('200');
      expect(await ask(made, { host: 'hooks.example.com' })).to.equal('200');
      expect(hits).to.equal(2);
    });

    const lookups: Array<[what: string, lookup: LookupFunction]> = [
      ['an address inside', answering('127.0.0.1')],
      ['a mapped address', answering('::ffff:127.0.0.1')],
      ['a compatible address', answering('::127.0.0.1')],
      ['only addresses inside', answering('127.0.0.1', '10.0.0.1', '::1', '169.254.169.254')],
      ['something that is no address', answering('localhost')],
      ['another spelling of an address', answering('127.1', '0x7f000001', '2130706433')],
      ['nothing', answering()],
      [
        'an address at once',
        (_hostname, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
      ],
      [
        'one address, although asked for all',
        (_hostname, _options, callback) => callback(null, '127.0.0.1', 4),
      ],
      [
        'one address, with the wrong family',
        (_hostname, _options, callback) => callback(null, '127.0.0.1', 6),
      ],
    ];
    for (const [what, lookup] of lookups)
      for (const autoSelectFamily of [true, false])
        it(`dials nothing when the look-up gives ${what} (racing addresses: ${autoSelectFamily})`, async () => {
          const made = guard({ lookup });

          expect(await ask(made, { host: 'hooks.example.com', autoSelectFamily } as RequestOptions)).to.equal(
            'ERR_TARGET_BLOCKED',
          );
          expect(hits).to.equal(0);
        });

    it('dials only the addresses that passed, of several', async () => {
      // 127.0.0.2 stands for the public address; nothing listens there, so a fallback would hit the canary.
      const made = guard({
        allowedPrivateTargets: [{ cidr: '127.0.0.2', port: null }],
        lookup: answering('127.0.0.1', '127.0.0.2', '::ffff:127.0.0.1', '127.0.0.1'),
      });

      expect(await ask(made, { host: 'hooks.example.com' })).to.equal('ECONNREFUSED');
      expect(hits).to.equal(0);
    });

    it('judges each look-up: a name that passed once is refused when it leads inside', async () => {
      let count = 0;
      const made = guard({
        allowedPrivateTargets: [{ cidr: '127.0.0.2', port: null }],
        lookup: (hostname, options, callback) =>
          answering(count++ === 0 ? '127.0.0.2' : '127.0.0.1')(hostname, options, callback),
      });

      expect(await ask(made, { host: 'hooks.example.com' })).to.equal('ECONNREFUSED');
      expect(await ask(made, { host: 'hooks.example.com' })).to.equal('ERR_TARGET_BLOCKED');
      expect(hits).to.equal(0);
    });

    it('ignores a look-up that the request brings', async () => {
      const made = guard({ lookup: answering('10.0.0.1') });

      expect(await ask(made, { host: 'hooks.example.com', lookup: answering('127.0.0.1') })).to.equal(
        'ERR_TARGET_BLOCKED',
      );
      expect(hits).to.equal(0);
    });

    for (const host of [
      '127.0.0.1',
      '::ffff:127.0.0.1',
      '::1',
      '::',
      '0.0.0.0',
      'localhost',
      'LOCALHOST',
      'x.localhost',
      undefined,
    ])
      it(`dials nothing for the host ${host ?? 'that is left out'}`, async () => {
        expect(await ask(guard(), { host })).to.equal('ERR_TARGET_BLOCKED');
        expect(hits).to.equal(0);
      });

    it('dials no port that is not allowed, whatever the address', async () => {
      const made = guard({
        allowedPrivateTargets: [{ cidr: '127.0.0.1', port: port + 1 }],
        lookup: answering('127.0.0.1'),
      });

      expect(await ask(made, { host: '127.0.0.1' })).to.equal('ERR_TARGET_BLOCKED');
      expect(await ask(made, { host: 'hooks.example.com' })).to.equal('ERR_TARGET_BLOCKED');
      expect(hits).to.equal(0);
    });

    it('opens no socket in the file system', async () => {
      const made = guard({ allowedPrivateTargets: [{ cidr: '0.0.0.0/0', port: null }] });

      expect(await ask(made, { socketPath: '/nowhere/docker.sock' })).to.equal('ERR_TARGET_BLOCKED');
    });

    it('covers TLS alike', async () => {
      const made = guard({ lookup: answering('127.0.0.1') });
      const client = createHttpClient({ guard: made, timeoutMs: 500 });

      const exchange = await client.send(
        () => ({ url: `https://hooks.example.com:${port}/`, headers: {}, body: '' }),
        { retries: 2 },
      );

      expect(exchange).to.deep.include({
        number: 1,
        peerAddress: null,
        reply: null,
        failure: { errorClass: 'TARGET_BLOCKED', message: 'The target is not allowed.' },
      });
      expect(hits).to.equal(0);
    });

    it('has the client send nothing to any refused URL, and says no more than that', async () => {
      const made = guard({ lookup: answering('127.0.0.1') });
      const client = createHttpClient({ guard: made, timeoutMs: 500 });

      for (const [refused] of refusedUrls) {
        const url = refused.replace(/^(http:\/\/[^/]+)\/$/, `$1:${port}/`);
        const { failure } = await client.send(() => ({ url, headers: {}, body: '' }), { retries: 2 });
        expect(failure, url).to.deep.equal({
          errorClass: 'TARGET_BLOCKED',
          message: 'The target is not allowed.',
        });
      }
      expect(hits).to.equal(0);
    });
  });

  describe('its connections', () => {
    let server: Server;
    let port: number;

    const get = async (made: EgressGuard): Promise<void> => {
      const request = httpRequest({ agent: made.agents.http, host: '127.0.0.1', port }).end();
      const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
      await once(response.resume(), 'end');
    };
    const kept = (made: EgressGuard): number => Object.values(made.agents.http.freeSockets).flat().length;
    const allowedPrivateTargets = [{ cidr: '127.0.0.1', port: null }];

    beforeEach(async () => {
      server = createServer((socket) => {
        socket.on('error', () => {});
        socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      ({ port } = server.address() as { port: number });
    });

    afterEach(async () => {
      for (const made of guards) made.dispose();
      server.close();
      await once(server, 'close');
    });

    it('are kept, and closed after the idle time', async () => {
      const made = guard({ allowedPrivateTargets, idleTimeoutMs: 50 });
      const accepted = once(server, 'connection');
      await get(made);
      await new Promise(setImmediate);
      expect(kept(made)).to.equal(1);

      const [socket] = (await accepted) as [NodeJS.ReadableStream];
      await once(socket, 'end');

      while (kept(made) > 0) await new Promise(setImmediate);
    });

    it('are not kept while too many are open', async () => {
      const made = guard({ allowedPrivateTargets, maxKeptConnections: 2 });

      await Promise.all(Array.from({ length: 6 }, () => get(made)));
      await new Promise(setImmediate);
      await new Promise(setImmediate);

      expect(kept(made)).to.be.at.most(2);
    });
  });
});
