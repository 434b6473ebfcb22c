import { once } from 'node:events';
import { request as httpRequest, type RequestOptions } from 'node:http';
import { connect, createServer, type LookupFunction, type Server } from 'node:net';
import { expect } from 'chai';
import { createEgressGuard, type EgressGuard } from '../../../server/delivery/egress-guard.js';
import { createHttpClient } from '../../../server/delivery/http-client.js';

const PRIVATE = /private or reserved addresses; the operator can allow some in ALLOWED_PRIVATE_TARGETS/;

/** URLs that are refused when they are saved, with a part of the reason. */
const refusedUrls: Array<[url: string, reason: RegExp]> = [
  ...[
    // Loopback and "this network", in every spelling a URL knows.
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.0.0.1.',
    '0',
    '0.0.0.0',
    '127.255.255.254',
    '017700000001',
    '0x7f.0.0.1',
    '127.0x0.0.1',
    '１２７.0.0.1',
    '127。0。0。1',
    '①②⑦.0.0.1',
    '%31%32%37.0.0.1',
    '0x0',
    '1',
    'localhost',
    'LOCALHOST',
    'localhost.',
    'foo.localhost',
    'a.b.localhost.',
    'ｌocalhost',
    // Private, shared, link-local (cloud metadata), reserved, multicast, broadcast.
    '10.0.0.1',
    '10.255.255.255',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '100.127.255.255',
    '169.254.169.254',
    '0xA9FEA9FE',
    '2852039166',
    '0251.0376.0251.0376',
    '169.254.43518',
    '168.63.129.16',
    '192.0.0.1',
    '192.0.0.192',
    '192.0.2.1',
    '192.31.196.1',
    '192.52.193.1',
    '192.88.99.1',
    '192.175.48.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    // IPv6: loopback, unspecified, mapped, compatible, translated, 6to4, Teredo, ISATAP.
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:a9fe:a9fe]',
    '[::ffff:10.0.0.1]',
    '[0:0:0:0:0:ffff:c0a8:0101]',
    '[::127.0.0.1]',
    '[::a9fe:a9fe]',
    '[::ffff:0:127.0.0.1]',
    '[64:ff9b::a9fe:a9fe]',
    '[64:ff9b::8.8.8.8]',
    '[64:ff9b:1::1]',
    '[2002:7f00:1::1]',
    '[2002:a9fe:a9fe::]',
    '[2001::1]',
    '[2001:0:4136:e378:8000:63bf:3fff:fdd2]',
    '[2606:4700::5efe:7f00:1]',
    '[2606:4700::200:5efe:10.0.0.1]',
    '[2606:4700:0:0:100:5efe:a00:1]',
    // Local, multicast, documentation, benchmarking, ORCHID, AS112, unassigned, discard, SRv6.
    '[fe80::1]',
    '[febf::1]',
    '[fec0::1]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    '[fdff::1]',
    '[ff02::1]',
    '[ff0e::1]',
    '[2001:db8::1]',
    '[3fff::1]',
    '[3fff:fff::1]',
    '[2001:2::1]',
    '[2001:10::1]',
    '[2001:20::1]',
    '[2001:1ff::1]',
    '[2620:4f:8000::1]',
    '[4000::1]',
    '[100::1]',
    '[100:0:0:1::1]',
    '[5f00::1]',
    '[200::1]',
    '[1fff::1]',
    '[e000::1]',
  ].map((host): [string, RegExp] => [`http://${host}/`, PRIVATE]),
  ['https://127.0.0.1:8443/', PRIVATE],
  ['http://[::1]:8088/services/collector', PRIVATE],
  ['http://localhost:3000/', PRIVATE],
  // What only looks like another host.
  ['http://127.0.0.1#@example.com/', PRIVATE],
  ['http://127.0.0.1?@example.com/', PRIVATE],
  ['http:127.0.0.1/', PRIVATE],
  ['http:///127.0.0.1/', PRIVATE],
  ['http://127.0.0.1\\@example.com/', /spaces, control characters or backslashes/],
  ['http://example.com\\@127.0.0.1/', /spaces, control characters or backslashes/],
  ['http://user:p@example.com/', /user name or password/],
  ['http://user@example.com/', /user name or password/],
  ['http://:p@example.com/', /user name or password/],
  ['http://example.com@127.0.0.1/', /user name or password/],
  ['http://exa\tmple.com/', /control characters/],
  ['http://example.com/a\r\nHost: b', /control characters/],
  ['http://example.com/a b', /spaces/],
  [' https://example.com/', /spaces/],
  ['http://example.com/\u0000', /control characters/],
  ['http://example.com/\u0085', /control characters/],
  // Other schemes, and no URL at all.
  ...[
    'file:///etc/passwd',
    'gopher://example.com/_x',
    'unix:/var/run/docker.sock',
    'http+unix://%2Fvar%2Frun/',
    'ftp://example.com/',
    'ws://example.com/',
    'data:text/plain,x',
    'javascript:alert(1)',
    'dict://example.com/',
    'blob:https://example.com/1',
  ].map((url): [string, RegExp] => [url, /must begin with https/]),
  ...[
    '',
    'example.com',
    '//example.com/',
    'http://',
    'http://[::1',
    'http://[fe80::1%25eth0]/',
    'http://999.1.1.1/',
    'http://example.com:99999/',
    'http://exa mple'.replace(' ', '%20'),
    'http://a<b>/',
  ].map((url): [string, RegExp] => [url, /not a URL/]),
  // Ports of other services.
  ...[
    1, 7, 19, 21, 22, 23, 25, 53, 81, 110, 111, 139, 143, 389, 445, 465, 587, 631, 873, 993, 1023, 2375, 2379,
    3306, 3389, 5432, 5672, 5900, 6379, 6443, 8500, 9042, 9092, 9200, 9300, 10250, 11211, 27017, 0,
  ].map((port): [string, RegExp] => [
    `https://hooks.example.com:${port}/`,
    new RegExp(`may not use port ${port}\\.`),
  ]),
  ['https://1.1.1.1:22/', /may not use port 22/],
];

const allowedUrls: Array<[url: string, host: string]> = [
  ['https://hooks.example.com/x', 'hooks.example.com'],
  ['http://hooks.example.com/x?a=b#c', 'hooks.example.com'],
  ['https://hooks.example.com:8443/x', 'hooks.example.com:8443'],
  ['https://splunk.example.com:8088/', 'splunk.example.com:8088'],
  ['https://hooks.example.com.:65535/', 'hooks.example.com.:65535'],
  ['http://example.com:443/', 'example.com:443'],
  ['https://1.1.1.1/', '1.1.1.1'],
  ['https://8.8.8.8:1024/', '8.8.8.8:1024'],
  ['https://11.0.0.1/', '11.0.0.1'],
  ['https://172.32.0.1/', '172.32.0.1'],
  ['https://100.128.0.1/', '100.128.0.1'],
  ['https://192.0.1.1/', '192.0.1.1'],
  ['https://198.20.0.1/', '198.20.0.1'],
  ['https://223.255.255.255/', '223.255.255.255'],
  ['https://168.63.129.17/', '168.63.129.17'],
  ['https://[2606:4700:4700::1111]/', '[2606:4700:4700::1111]'],
  ['https://[2001:4860:4860::8888]:8443/', '[2001:4860:4860::8888]:8443'],
  ['https://[2a00:1450:4001:81b::200e]/', '[2a00:1450:4001:81b::200e]'],
  ['https://[::ffff:8.8.8.8]/', '[::ffff:808:808]'],
  ['https://bücher.example/', 'xn--bcher-kva.example'],
  ['https://mylocalhost/', 'mylocalhost'],
  ['https://localhost.example.com/', 'localhost.example.com'],
];

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

  describe('when a URL is saved', () => {
    for (const [url, reason] of refusedUrls)
      it(`refuses ${JSON.stringify(url)}`, () => {
        const check = guard().checkUrl(url);

        expect(check)
          .to.have.property('reason')
          .that.matches(reason)
          .and.matches(/^[A-Z][^\n]+\.$/);
      });

    for (const [url, host] of allowedUrls)
      it(`admits ${url}`, () => {
        const check = guard().checkUrl(url);

        expect(check.allowed && check.url.host).to.equal(host);
      });
  });

  describe('with ALLOWED_PRIVATE_TARGETS', () => {
    const allowing = (...targets: Array<[cidr: string, port: number | null]>): EgressGuard =>
      guard({ allowedPrivateTargets: targets.map(([cidr, port]) => ({ cidr, port })) });
    const isAllowed = (made: EgressGuard, url: string): boolean => made.checkUrl(url).allowed;

    it('admits what it names, on the port it names, in every spelling', () => {
      const made = allowing(['127.0.0.1/32', 9001], ['fd12::/16', 8088]);

      for (const host of [
        '127.0.0.1',
        '127.1',
        '[::ffff:127.0.0.1]',
        'localhost',
        'hook.localhost',
        '[fd12::9]',
      ])
        expect(isAllowed(made, `http://${host}:${host.includes('fd12') ? 8088 : 9001}/`), host).to.equal(
          true,
        );
      for (const url of [
        '127.0.0.1:9002',
        '127.0.0.1',
        '127.0.0.2:9001',
        '[::1]:9001',
        '[fd12::9]:9001',
        '10.0.0.1:9001',
      ])
        expect(isAllowed(made, `http://${url}/`), url).to.equal(false);
    });

    it('admits every port, also of denied services, where it names none', () => {
      const made = allowing(['10.0.0.0/8', null]);

      for (const port of [1, 22, 80, 6379, 8088, 65_535])
        expect(made.isAddressAllowed('10.9.9.9', port), `${port}`).to.equal(true);
      expect(made.isAddressAllowed('11.0.0.1', 22)).to.equal(false);
    });

    it('lets a name use a port that it opens, and still judges where the name leads', () => {
      const made = allowing(['10.0.0.0/8', 9200]);

      expect(isAllowed(made, 'http://internal.example.com:9200/')).to.equal(true);
      expect(isAllowed(made, 'http://internal.example.com:9300/')).to.equal(false);
      expect(made.isAddressAllowed('10.1.1.1', 9200)).to.equal(true);
      expect(made.isAddressAllowed('8.8.8.8', 9200)).to.equal(false);
    });

    it('takes a single address, and an IPv4 range for mapped addresses', () => {
      const made = allowing(['192.168.7.7', null], ['::1', null]);

      expect(made.isAddressAllowed('192.168.7.7', 80)).to.equal(true);
      expect(made.isAddressAllowed('::ffff:192.168.7.7', 80)).to.equal(true);
      expect(made.isAddressAllowed('192.168.7.8', 80)).to.equal(false);
      expect(made.isAddressAllowed('::1', 80)).to.equal(true);
      expect(made.isAddressAllowed('127.0.0.1', 80)).to.equal(false);
    });

    for (const cidr of ['10.0.0.0/33', '10.0.0/8', 'localhost', '', '::/129', '10.0.0.0/-1', '10.0.0.0/8/8'])
      it(`stops the start for ${JSON.stringify(cidr)}`, () => {
        expect(() => allowing([cidr, null])).to.throw(
          `ALLOWED_PRIVATE_TARGETS has "${cidr}", which is no CIDR`,
        );
      });
  });

  it('admits and denies the ports an operator sets', () => {
    const made = guard({ allowedPorts: [81], deniedPorts: [8443] });

    expect([80, 81, 443, 8443, 9200].map((port) => made.isAddressAllowed('8.8.8.8', port))).to.deep.equal([
      false,
      true,
      false,
      false,
      true,
    ]);
  });

  for (const text of [
    '',
    'example.com',
    '127.1',
    '0x7f000001',
    '1.2.3',
    '1.2.3.4.5',
    '8.8.8.8 ',
    '[2606:4700::1]',
    '08.8.8.8',
  ])
    it(`takes ${JSON.stringify(text)} for no address a socket has`, () => {
      expect(guard().isAddressAllowed(text, 443)).to.equal(false);
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
