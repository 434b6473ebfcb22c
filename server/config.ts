import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  boolean,
  databaseUrl,
  durationWithin,
  encryptionKeys,
  integer,
  list,
  network,
  oneOf,
  origin,
  privateTarget,
  proxy,
  redisUrl,
  sizeWithin,
  type PrivateTarget,
} from './config-values.js';
import { ConfigError } from './errors.js';

export type { PrivateTarget };

/** One environment variable: how it is read, its default, and the words of the README's table. */
interface Setting<T> {
  name: string;
  parse: (text: string) => T;
  fallback: T;
  /** The default as documented. */
  shown: string;
  /** Also readable from the file that `NAME_FILE` names; never printed. */
  secret?: true;
  description: string;
}

const setting = <T>(value: Setting<T>): Setting<T> => value;

/** Every setting there is: the README's table, the start-up summary and the parser all come from here. */
export const settings = {
  port: setting({
    name: 'PORT',
    parse: integer(0, 65_535),
    fallback: 4000,
    shown: '4000',
    description: 'Port to listen on; 0 takes a free one.',
  }),
  host: setting({
    name: 'HOST',
    parse: String,
    fallback: 'localhost',
    shown: 'localhost',
    description: 'Address to listen on; the container image sets 0.0.0.0.',
  }),
  publicUrl: setting<string | null>({
    name: 'PUBLIC_URL',
    parse: origin,
    fallback: null,
    shown: 'http://localhost:$PORT',
    description:
      'The origin people open in their browser: checked on WebSockets, used for cookies and links.',
  }),
  databaseUrl: setting({
    name: 'DATABASE_URL',
    parse: databaseUrl,
    fallback: 'sqlite:data/hookwatch.sqlite',
    shown: 'sqlite:data/hookwatch.sqlite',
    secret: true,
    description:
      'SQLite file, or mysql://user:password@host:3306/name for MySQL 8 and MariaDB 10.6 or later.',
  }),
  redisUrl: setting<string | null>({
    name: 'REDIS_URL',
    parse: redisUrl,
    fallback: null,
    shown: 'none',
    secret: true,
    description:
      'Carries live updates between several machines; without it, a process with ROLE=api shows attempts up to a second late.',
  }),
  role: setting<'all' | 'api' | 'worker'>({
    name: 'ROLE',
    parse: oneOf('all', 'api', 'worker'),
    fallback: 'all',
    shown: 'all',
    description:
      'What this process does: api serves people and programs, worker delivers (and serves /healthz, /readyz and /metrics), all does both; SQLite: always all.',
  }),
  secretKeys: setting<Buffer[] | null>({
    name: 'SECRET_KEY',
    parse: encryptionKeys,
    fallback: null,
    shown: 'made at first start beside the SQLite file',
    secret: true,
    description:
      'Base64 of 32 bytes that encrypt stored secrets; required with MySQL and MariaDB. Of several, with commas between, the first encrypts and each decrypts.',
  }),
  adminEmail: setting<string | null>({
    name: 'ADMIN_EMAIL',
    parse: String,
    fallback: null,
    shown: 'none',
    description: 'With ADMIN_PASSWORD: makes the operator at first start, instead of the setup link.',
  }),
  adminPassword: setting<string | null>({
    name: 'ADMIN_PASSWORD',
    parse: String,
    fallback: null,
    shown: 'none',
    secret: true,
    description: 'The first operator’s password, 12 to 128 characters.',
  }),
  allowedPrivateTargets: setting<PrivateTarget[]>({
    name: 'ALLOWED_PRIVATE_TARGETS',
    parse: list(privateTarget),
    fallback: [],
    shown: 'none',
    description:
      'Private addresses that webhooks may reach: CIDR[:port], comma-separated; without a port, all ports.',
  }),
  egressAddresses: setting<string[]>({
    name: 'EGRESS_ADDRESSES',
    parse: list(network),
    fallback: [],
    shown: 'none',
    description: 'The addresses deliveries come from, comma-separated; shown to admins for their firewalls.',
  }),
  retryScheduleMs: setting({
    name: 'RETRY_SCHEDULE',
    parse: list(durationWithin('0s', '30d')),
    fallback: list(durationWithin('0s', '30d'))('5s,5m,30m,2h,5h,10h,14h,20h,24h'),
    shown: '5s,5m,30m,2h,5h,10h,14h,20h,24h',
    description: 'Waits between the rounds of a delivery, each ±10 %.',
  }),
  quickRetries: setting({
    name: 'QUICK_RETRIES',
    parse: integer(0, 10),
    fallback: 2,
    shown: '2',
    description: 'Retries within a round, by got, a fraction of a second to a few seconds apart.',
  }),
  deliveryTimeoutMs: setting({
    name: 'DELIVERY_TIMEOUT',
    parse: durationWithin('10ms', '10m'),
    fallback: 15_000,
    shown: '15s',
    description: 'Longest time for one request, from look-up to the last byte of the reply.',
  }),
  deliveryConcurrency: setting({
    name: 'DELIVERY_CONCURRENCY',
    parse: integer(1, 10_000),
    fallback: 256,
    shown: '256',
    description:
      'Most requests of one worker at a time; the last quarter is for webhooks that have none under way.',
  }),
  webhookConcurrency: setting({
    name: 'WEBHOOK_CONCURRENCY',
    parse: integer(1, 10_000),
    fallback: 16,
    shown: '16',
    description: 'Most requests to one webhook at a time, of each worker.',
  }),
  senderThreads: setting<number | null>({
    name: 'SENDER_THREADS',
    parse: integer(0, 64),
    fallback: null,
    shown: 'one less than there are cores, at most 4',
    description: 'Threads that requests are sent from; 0 sends them from the main one.',
  }),
  batchMaxEvents: setting({
    name: 'BATCH_MAX_EVENTS',
    parse: integer(1, 5_000),
    fallback: 500,
    shown: '500',
    description: 'Most events in one request to Splunk.',
  }),
  batchMaxBytes: setting({
    name: 'BATCH_MAX_BYTES',
    parse: sizeWithin('1kb', '50mb'),
    fallback: 1_000_000,
    shown: '1mb',
    description: 'Largest request to Splunk before compression; a single event may be larger.',
  }),
  autoDisableAfterMs: setting({
    name: 'AUTO_DISABLE_AFTER',
    parse: durationWithin('1ms', '365d'),
    fallback: 5 * 86_400_000,
    shown: '5d',
    description: 'A webhook that fails this long without one success is disabled.',
  }),
  retentionDays: setting({
    name: 'RETENTION_DAYS',
    parse: integer(1, 36_500),
    fallback: 30,
    shown: '30',
    description:
      'Days that events, deliveries and attempts are kept; what still waits is kept longer, statistics for ever.',
  }),
  gracePeriodMs: setting({
    name: 'GRACE_PERIOD',
    parse: durationWithin('0s', '1h'),
    fallback: 20_000,
    shown: '20s',
    description: 'How long a stopping worker lets its requests finish.',
  }),
  leaseMs: setting({
    name: 'LEASE',
    parse: durationWithin('100ms', '1h'),
    fallback: 60_000,
    shown: '60s',
    description: 'How long a claimed delivery stays with a worker that is no longer heard of.',
  }),
  logLevel: setting<'debug' | 'info' | 'warn' | 'error' | 'silent'>({
    name: 'LOG_LEVEL',
    parse: oneOf('debug', 'info', 'warn', 'error', 'silent'),
    fallback: 'info',
    shown: 'info',
    description: 'debug, info, warn, error or silent; one JSON line a fact.',
  }),
  introspection: setting({
    name: 'INTROSPECTION',
    parse: boolean,
    fallback: false,
    shown: 'false',
    description: 'Whether GraphQL introspection is answered; /schema.graphql always is.',
  }),
  trustProxy: setting<string[]>({
    name: 'TRUST_PROXY',
    parse: list(proxy),
    fallback: [],
    shown: 'none',
    description:
      'Proxies whose X-Forwarded-* headers are believed, comma-separated: addresses, CIDRs, or loopback, linklocal, uniquelocal.',
  }),
};

type Parsed = { [K in keyof typeof settings]: (typeof settings)[K]['fallback'] };

/** The whole configuration of one process, parsed and checked. */
export interface Config extends Omit<Parsed, 'publicUrl'> {
  /** null: derived from the port that is really listened on. */
  publicUrl: string | null;
  /** How often Splunk is asked for acknowledgments; 10 s. */
  ackPollMs: number;
  /** How long an acknowledgment is waited for before events are sent again; 5 min. */
  ackTimeoutMs: number;
  /** Whether this is the demonstration, whose data is thrown away. */
  demo: boolean;
}

/** The project's folder, where `schema/`, `dist/` and `package.json` are. */
export const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The running version, from package.json. */
export const version = (
  JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string }
).version;

function textOf(one: Setting<unknown>, environment: NodeJS.ProcessEnv): string | undefined {
  const file = one.secret && environment[`${one.name}_FILE`];
  const text = file ? readSecretFile(file) : environment[one.name];
  return text === '' ? undefined : text;
}

function readSecretFile(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Error(`cannot be read from its file: ${(error as Error).message}`, { cause: error });
  }
}

function read(one: Setting<unknown>, environment: NodeJS.ProcessEnv): unknown {
  try {
    const text = textOf(one, environment);
    return text === undefined ? one.fallback : one.parse(text);
  } catch (error) {
    throw new ConfigError(`${one.name} ${(error as Error).message}`);
  }
}

/** What nobody has to set. */
const fixed = { ackPollMs: 10_000, ackTimeoutMs: 300_000, demo: false };

/** Reads and checks the environment; throws ConfigError, with one line to print, on the first bad value. */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const entries = Object.entries(settings).map(([key, one]) => [
    key,
    read(one as Setting<unknown>, environment),
  ]);
  const config = { ...(Object.fromEntries(entries) as Parsed), ...fixed };
  if (config.databaseUrl.startsWith('sqlite:')) {
    if (config.role !== 'all')
      throw new ConfigError(
        'ROLE must be all with SQLite; several processes need MySQL or MariaDB in DATABASE_URL',
      );
  } else if (!config.secretKeys) {
    throw new ConfigError(
      'SECRET_KEY is required with MySQL and MariaDB: base64 of 32 bytes (openssl rand -base64 32)',
    );
  }
  if ((config.adminEmail === null) !== (config.adminPassword === null))
    throw new ConfigError('ADMIN_EMAIL and ADMIN_PASSWORD go together: set both or neither');
  return config;
}

/** Only these variables of the environment, for a process that sets the others itself. */
export const pickEnvironment = (...names: string[]): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => names.includes(name)));

/** The README's table of settings, in Markdown. */
export function settingsTable(): string {
  const rows = Object.values(settings).map(
    (one) => `| \`${one.name}\`${one.secret ? ` (\`_FILE\`)` : ''} | \`${one.shown}\` | ${one.description} |`,
  );
  return ['| variable | default | |', '|---|---|---|', ...rows].join('\n');
}
