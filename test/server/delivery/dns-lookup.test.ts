import dns, { type LookupAddress } from 'node:dns';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createLookup, type Lookup, type LookupOptions } from '../../../server/delivery/dns-lookup.js';
import { createTestClient } from '../../helpers/delivery-client.js';
import { startNameServer, type NameServer } from '../../helpers/name-server.js';
import { startReceiver } from '../../helpers/receiver.js';

type SystemCallback = (error: Error | null, found?: string | LookupAddress[], family?: number) => void;

describe('DNS look-up', () => {
  let nameServer: NameServer;
  let folder: string;
  let lookups: Lookup[];
  let systemNames: string[];
  const systemLookup = dns.lookup;

  const create = (options: LookupOptions = {}): Lookup => {
    const made = createLookup({
      servers: [nameServer.address],
      hostsFile: join(folder, 'hosts'),
      ...options,
    });
    lookups.push(made);
    return made;
  };
  const find = ({ lookup }: Lookup, name: string): Promise<LookupAddress[]> =>
    new Promise((resolve, reject) => {
      lookup(name, { all: true }, (error, addresses) =>
        error ? reject(error) : resolve(addresses as LookupAddress[]),
      );
    });
  const codeOf = (failing: Promise<unknown>): Promise<unknown> =>
    failing.then(
      () => 'no error',
      (error: NodeJS.ErrnoException) => error.code,
    );

  beforeEach(async () => {
    lookups = [];
    systemNames = [];
    folder = await mkdtemp(join(tmpdir(), 'hookwatch-dns-'));
    await writeFile(
      join(folder, 'hosts'),
      '# local names\n10.1.1.1\tpinned.hooks.com pinned # ours\n::5 Six.hooks.com\nnonsense x.hooks.com\n',
    );
    nameServer = await startNameServer({
      'one.hooks.com': ['192.0.2.1'],
      'two.hooks.com': ['192.0.2.2', '192.0.2.3'],
      'broken.hooks.com': 'SERVFAIL',
      'silent.hooks.com': 'SILENCE',
      'pinned.hooks.com': ['192.0.2.9'],
    });
    // The system must not be asked about names of a test.
    dns.lookup = ((name: string, ...rest: [...unknown[], callback: SystemCallback]) => {
      const callback = rest.at(-1) as SystemCallback;
      if (isIP(name) !== 0) return callback(null, name, isIP(name));
      systemNames.push(name);
      if (['splunk', 'box.local', 'search.hooks.com'].includes(name))
        setImmediate(callback, null, [
          { address: 'fd00::7', family: 6 },
          { address: '10.0.0.7', family: 4 },
        ]);
      else setImmediate(callback, Object.assign(new Error(`getaddrinfo ${name}`), { code: 'ENOTFOUND' }));
    }) as unknown as typeof dns.lookup;
  });

  afterEach(async () => {
    dns.lookup = systemLookup;
    for (const made of lookups) made.dispose();
    await nameServer.close();
    await rm(folder, { recursive: true });
  });

  it('finds every address that the name servers know', async () => {
    expect(await find(create(), 'Two.Hooks.Com.')).to.deep.equal([
      { address: '192.0.2.2', family: 4 },
      { address: '192.0.2.3', family: 4 },
    ]);
    expect(systemNames).to.be.empty;
  });

  it('asks once for a name, however many want it, and then uses the answer', async () => {
    const made = create();

    await Promise.all(Array.from({ length: 10 }, () => find(made, 'one.hooks.com')));
    await find(made, 'one.hooks.com');

    expect(nameServer.queries).to.deep.equal(['one.hooks.com']);
  });

  it('prefers the hosts file', async () => {
    const made = create();

    expect(await find(made, 'pinned.hooks.com')).to.deep.equal([{ address: '10.1.1.1', family: 4 }]);
    expect(await find(made, 'six.hooks.com')).to.deep.equal([{ address: '::5', family: 6 }]);
    expect(nameServer.queries).to.be.empty;
  });

  it('knows localhost by itself', async () => {
    for (const name of ['localhost', 'LocalHost.', 'a.localhost'])
      expect(await find(create(), name)).to.deep.equal([
        { address: '127.0.0.1', family: 4 },
        { address: '::1', family: 6 },
      ]);
    expect(systemNames).to.be.empty;
  });

  for (const name of ['splunk', 'box.local'])
    it(`leaves ${name} to the system, without telling the name servers`, async () => {
      expect(await find(create(), name)).to.deep.equal([
        { address: '10.0.0.7', family: 4 },
        { address: 'fd00::7', family: 6 },
      ]);
      expect(nameServer.queries).to.be.empty;
    });

  it('asks the system about what the name servers do not know, which may search other domains', async () => {
    expect(await find(create(), 'search.hooks.com')).to.have.length(2);
    expect(systemNames).to.deep.equal(['search.hooks.com']);
  });

  it('fails with ENOTFOUND for what nobody knows', async () => {
    expect(await codeOf(find(create(), 'nothing.hooks.com'))).to.equal('ENOTFOUND');
  });

  it('fails with EAI_AGAIN after SERVFAIL, and asks again the next time', async () => {
    const made = create();

    expect(await codeOf(find(made, 'broken.hooks.com'))).to.equal('EAI_AGAIN');
    const { length } = nameServer.queries;
    expect(await codeOf(find(made, 'broken.hooks.com'))).to.equal('EAI_AGAIN');

    expect(nameServer.queries.length).to.be.above(length);
    expect(systemNames).to.be.empty;
  });

  it('fails with EAI_AGAIN in time when the name server is silent, without delaying other names', async () => {
    const made = create({ timeoutMs: 300 });
    const startedAt = performance.now();
    const silent = Array.from({ length: 50 }, () => codeOf(find(made, 'silent.hooks.com')));

    await find(made, 'one.hooks.com');
    expect(performance.now() - startedAt).to.be.below(200);

    expect(new Set(await Promise.all(silent))).to.deep.equal(new Set(['EAI_AGAIN']));
    expect(performance.now() - startedAt).to.be.within(295, 550);
  });

  it('tells neither the address nor the name server in its errors', async () => {
    for (const name of ['broken.hooks.com', 'nothing.hooks.com']) {
      const error = await find(create(), name).catch(({ message }: Error) => message);
      expect(error).to.match(/^The (look-up failed|host name was not found)$/);
    }
  });

  describe('in the http client', () => {
    for (const [name, errorClass] of [
      ['nothing', 'DNS_NOT_FOUND'],
      ['broken', 'DNS_TEMPORARY'],
      ['silent', 'DNS_TEMPORARY'],
    ] as const)
      it(`${name}: ${errorClass}, retried by got`, async () => {
        const client = createTestClient({ egress: { lookup: create({ timeoutMs: 150 }).lookup } });

        const exchange = await client.send(
          () => ({ url: `https://${name}.hooks.com/`, headers: {}, body: '' }),
          { retries: 1 },
        );

        expect(exchange).to.deep.include({ number: 2, reply: null, peerAddress: null });
        expect(exchange.failure?.errorClass).to.equal(errorClass);
        expect(exchange.timings).to.include({ connectMs: null, tlsMs: null, firstByteMs: null });
        expect(exchange.timings.totalMs).to.be.below(400);
        client.dispose();
      });

    it('a silent name server does not delay other receivers', async () => {
      const receiver = await startReceiver();
      await writeFile(join(folder, 'hosts'), '127.0.0.1 fine.hooks.com');
      const client = createTestClient({ timeoutMs: 400, egress: { lookup: create().lookup } });
      const send = (name: string) =>
        client.send(() => ({ url: `http://${name}.hooks.com:${receiver.port}/`, headers: {}, body: '' }), {
          retries: 0,
        });
      const slow = Array.from({ length: 20 }, () => send('silent'));

      const exchange = await send('fine');

      expect(exchange.failure).to.equal(null);
      expect(exchange.timings.totalMs).to.be.below(200);
      for (const { failure, timings } of await Promise.all(slow)) {
        expect(failure?.errorClass).to.equal('DNS_TEMPORARY');
        expect(timings.totalMs).to.be.within(395, 650);
      }
      client.dispose();
      await receiver.close();
    });
  });
});
