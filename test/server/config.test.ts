import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadConfig, settings, settingsTable, type Config } from '../../server/config.js';
import { ConfigError } from '../../server/errors.js';
import { createTemporaryFolder } from '../helpers/folders.js';

const key = Buffer.alloc(32, 7);
const other = Buffer.alloc(32, 9);
const hour = 3_600_000;
const day = 24 * hour;

/** A value that a variable may have, and what is made of it. */
type Good = { [K in keyof Config]?: [variable: string, text: string, value: Config[K]] };

describe('configuration', () => {
  it('has the documented defaults', () => {
    expect(loadConfig({})).to.deep.include({
      ...{ port: 4000, host: 'localhost', publicUrl: null, role: 'all', logLevel: 'info', demo: false },
      ...{ databaseUrl: 'sqlite:data/hookwatch.sqlite', secretKeys: null },
      ...{ adminEmail: null, adminPassword: null, introspection: false, trustProxy: [] },
      ...{ allowedPrivateTargets: [], egressAddresses: [], quickRetries: 2 },
      retryScheduleMs: [5_000, 300_000, hour / 2, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * hour)],
      ...{ deliveryTimeoutMs: 15_000, deliveryConcurrency: 256, webhookConcurrency: 16 },
      ...{ autoDisableAfterMs: 5 * day, gracePeriodMs: 20_000, leaseMs: 60_000, retentionDays: 30 },
    });
  });

  const good: Good[] = [
    { port: ['PORT', '0', 0] },
    { port: ['PORT', ' 65535 ', 65_535] },
    { publicUrl: ['PUBLIC_URL', 'https://hooks.example.com', 'https://hooks.example.com'] },
    { publicUrl: ['PUBLIC_URL', 'HTTPS://Hooks.Example.com:443/', 'https://hooks.example.com'] },
    { publicUrl: ['PUBLIC_URL', 'http://[::1]:4000', 'http://[::1]:4000'] },
    { databaseUrl: ['DATABASE_URL', 'sqlite:/var/lib/h.sqlite', 'sqlite:/var/lib/h.sqlite'] },
    { secretKeys: ['SECRET_KEY', ` ${key.toString('base64')}\n`, [key]] },
    { secretKeys: ['SECRET_KEY', `${other.toString('base64')},${key.toString('base64')}`, [other, key]] },
    { logLevel: ['LOG_LEVEL', 'silent', 'silent'] },
    { introspection: ['INTROSPECTION', 'true', true] },
    { introspection: ['INTROSPECTION', 'false', false] },
    { gracePeriodMs: ['GRACE_PERIOD', '0s', 0] },
    { gracePeriodMs: ['GRACE_PERIOD', '250ms', 250] },
    { gracePeriodMs: ['GRACE_PERIOD', ' 1.5s ', 1_500] },
    { gracePeriodMs: ['GRACE_PERIOD', '30m', hour / 2] },
    { gracePeriodMs: ['GRACE_PERIOD', '1h', hour] },
    { autoDisableAfterMs: ['AUTO_DISABLE_AFTER', '2d', 2 * day] },
    { retentionDays: ['RETENTION_DAYS', '365', 365] },
    { retryScheduleMs: ['RETRY_SCHEDULE', '1s, 2m ,3h,', [1_000, 120_000, 3 * hour]] },
    { retryScheduleMs: ['RETRY_SCHEDULE', ',', []] },
    { egressAddresses: ['EGRESS_ADDRESSES', '203.0.113.7, 2001:db8::/48', ['203.0.113.7', '2001:db8::/48']] },
    { trustProxy: ['TRUST_PROXY', 'loopback,10.0.0.0/8,::1', ['loopback', '10.0.0.0/8', '::1']] },
    { port: ['PORT', '', 4000] },
  ];
  for (const one of good)
    for (const [field, [variable, text, value]] of Object.entries(one))
      it(`reads ${variable}=${JSON.stringify(text)}`, () => {
        expect(loadConfig({ [variable]: text })[field as keyof Config]).to.deep.equal(value);
      });

  const privateTargets: [text: string, cidr: string, port: number | null][] = [
    ['10.0.0.0/8', '10.0.0.0/8', null],
    ['127.0.0.1', '127.0.0.1', null],
    ['127.0.0.1/32:9001', '127.0.0.1/32', 9_001],
    ['127.0.0.1:65535', '127.0.0.1', 65_535],
    ['fd00::/8', 'fd00::/8', null],
    ['fd00::/8:443', 'fd00::/8', 443],
    ['[fd00::/8]:443', 'fd00::/8', 443],
    ['[::1]', '::1', null],
    ['[::1]:9001', '::1', 9_001],
  ];
  for (const [text, cidr, port] of privateTargets)
    it(`lets deliveries into ${cidr}, ${port ? `port ${port}` : 'all ports'}, for ${text}`, () => {
      expect(loadConfig({ ALLOWED_PRIVATE_TARGETS: text }).allowedPrivateTargets).to.deep.equal([
        { cidr, port },
      ]);
    });

  it('takes several private targets', () => {
    const targets = loadConfig({ ALLOWED_PRIVATE_TARGETS: '127.0.0.1:1, [::1]:2' }).allowedPrivateTargets;

    expect(targets.map(({ port }) => port)).to.deep.equal([1, 2]);
  });

  const mysql = 'mysql://user:password@db:3306/hookwatch';
  const bad: Record<string, string[]> = {
    PORT: ['-1', '65536', '4e3', '0x10', '80.5', 'http', '１'],
    PUBLIC_URL: ['hooks.example.com', 'ftp://a.example', 'https://a.example/x', 'https://a.example/?x'],
    DATABASE_URL: ['hookwatch.sqlite', 'sqlite:', 'postgres://h/db', 'mysql://host', 'mysql:host/name'],
    ROLE: ['API', 'both'],
    SECRET_KEY: [
      'short',
      ',',
      `${key.toString('base64')},short`,
      key.toString('hex'),
      Buffer.alloc(31).toString('base64'),
    ],
    ALLOWED_PRIVATE_TARGETS: [
      ...['localhost', '10.0.0.0/33', '10.0.0/8', '256.0.0.1', '10.0.0.1:0', '10.0.0.1:65536', '10.0.0.1:x'],
      ...['::1', '::1:9001', '[::1]:', '[::1', 'fd00::/129', '[10.0.0.1]:1x', 'fd00:::/8', '10.0.0.1,*'],
    ],
    EGRESS_ADDRESSES: ['example.com', '203.0.113.7:80', '203.0.113.0/40'],
    TRUST_PROXY: ['true', '1', 'proxy.example.com', '10.0.0.0/64'],
    RETRY_SCHEDULE: ['5', '5s;5m', '5s,forever', '31d', '-5s'],
    QUICK_RETRIES: ['11', 'two'],
    DELIVERY_TIMEOUT: ['15', '0s', '25d', '1e3s', '٣s'],
    DELIVERY_CONCURRENCY: ['0', '10001'],
    WEBHOOK_CONCURRENCY: ['0'],
    BATCH_MAX_EVENTS: ['0', '5001'],
    BATCH_MAX_BYTES: ['1', '0.5kb', '1gb', '51mb', '1 mb'],
    AUTO_DISABLE_AFTER: ['never', '0d'],
    GRACE_PERIOD: ['2h', '20'],
    LEASE: ['0s', '1d'],
    RETENTION_DAYS: ['0', '30d', '36501'],
    LOG_LEVEL: ['verbose', 'INFO'],
    INTROSPECTION: ['yes', '1', 'TRUE'],
  };
  for (const [variable, texts] of Object.entries(bad))
    for (const text of texts)
      it(`refuses ${variable}=${JSON.stringify(text)} in one line that begins with its name`, () => {
        expect(() => loadConfig({ [variable]: text })).to.throw(
          ConfigError,
          new RegExp(`^${variable} (must be|has "|is) ?[^\n]+$`),
        );
      });

  const together: { title: string; environment: Record<string, string>; message: RegExp }[] = [
    {
      title: 'a database for several processes without a key that they share',
      environment: { DATABASE_URL: mysql },
      message: /^SECRET_KEY is required/,
    },
    {
      title: 'one of several processes on SQLite',
      environment: { ROLE: 'worker' },
      message: /^ROLE must be all with SQLite/,
    },
    {
      title: 'an operator without a password',
      environment: { ADMIN_EMAIL: 'a@example.com' },
      message: /^ADMIN_EMAIL and ADMIN_PASSWORD go together/,
    },
    {
      title: 'a password without an operator',
      environment: { ADMIN_PASSWORD: 'correct-horse' },
      message: /^ADMIN_EMAIL and ADMIN_PASSWORD go together/,
    },
  ];
  for (const { title, environment, message } of together)
    it(`refuses ${title}`, () => {
      expect(() => loadConfig(environment)).to.throw(ConfigError, message);
    });

  it('lets several processes share a database', () => {
    const environment = { DATABASE_URL: mysql, SECRET_KEY: key.toString('base64'), ROLE: 'worker' };

    expect(loadConfig(environment)).to.deep.include({
      databaseUrl: mysql,
      role: 'worker',
      secretKeys: [key],
    });
  });

  it('never shows a secret in what it says', () => {
    for (const [variable, secret] of [
      ['SECRET_KEY', 'not-a-key-but-secret'],
      ['DATABASE_URL', 'mysql://user:not-a-key-but-secret@host'],
    ] as const)
      expect(() => loadConfig({ [variable]: secret }))
        .to.throw(ConfigError)
        .with.property('message')
        .that.does.not.include('not-a-key-but-secret');
  });

  describe('of secrets in files', () => {
    let folder: Awaited<ReturnType<typeof createTemporaryFolder>>;
    let file: string;

    before(async () => {
      folder = await createTemporaryFolder();
      file = join(folder.path, 'key');
      writeFileSync(file, `${key.toString('base64')}\n`);
    });

    after(() => folder.remove());

    it('reads them without the line’s end', () => {
      expect(loadConfig({ SECRET_KEY_FILE: file }).secretKeys).to.deep.equal([key]);
    });

    it('prefers a file to a variable, and takes an empty name for none', () => {
      const environment = { SECRET_KEY: other.toString('base64') };

      expect(loadConfig({ ...environment, SECRET_KEY_FILE: file }).secretKeys).to.deep.equal([key]);
      expect(loadConfig({ ...environment, SECRET_KEY_FILE: '' }).secretKeys).to.deep.equal([other]);
    });

    it('says in one line that a file is not there', () => {
      expect(() => loadConfig({ SECRET_KEY_FILE: `${file}.gone` })).to.throw(
        ConfigError,
        /^SECRET_KEY cannot be read from its file: [^\n]*no such file[^\n]*$/,
      );
    });

    it('takes a file for no setting that is not secret', () => {
      expect(loadConfig({ PORT_FILE: file }).port).to.equal(4000);
    });
  });

  describe('table for the README', () => {
    const rows = settingsTable().split('\n');

    it('is Markdown with one row per setting, in order', () => {
      expect(rows.slice(0, 2)).to.deep.equal(['| variable | default | |', '|---|---|---|']);
      expect(rows.slice(2).map((row) => /^\| `(\w+)`/.exec(row)?.[1])).to.deep.equal(
        Object.values(settings).map(({ name }) => name),
      );
    });

    it('has three cells a row, the last one a sentence', () => {
      for (const row of rows.slice(2)) expect(row).to.match(/^\| [^|]+ \| `[^|`]+` \| [A-Z'\w][^|]+\. \|$/);
    });

    it('says which ones may come from a file', () => {
      const withFile = rows.filter((row) => row.includes('`_FILE`')).map((row) => /`(\w+)`/.exec(row)?.[1]);

      expect(withFile).to.deep.equal(
        Object.values(settings)
          .filter((one) => 'secret' in one)
          .map(({ name }) => name),
      );
      expect(withFile).to.include.members(['DATABASE_URL', 'SECRET_KEY', 'ADMIN_PASSWORD']);
    });

    for (const { name, shown, parse, fallback } of Object.values(settings))
      if (fallback !== null && shown !== 'none')
        it(`tells the true default of ${name}`, () => {
          expect(parse(shown)).to.deep.equal(fallback);
        });
  });
});
