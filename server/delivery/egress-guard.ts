import type { LookupAddress } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { PrivateTarget } from '../config.js';
import { ConfigError } from '../errors.js';
import { createLookup, isLocalhost } from './dns-lookup.js';
import {
  isInRange,
  isPublicAddress,
  parseAddress,
  parseRange,
  type AddressRange,
} from './egress-addresses.js';
import { parseUrl } from '../url.js';

export interface EgressGuardOptions {
  /** Where deliveries may go besides the public internet; a null `port` stands for every port. */
  allowedPrivateTargets: readonly PrivateTarget[];
  /** Replaces the look-up, with `dns.lookup`'s interface, synchronous or not; its answers are judged all the same. */
  lookup?: LookupFunction;
  /** Ports below 1024 that may be reached; default 80 and 443. */
  allowedPorts?: readonly number[];
  /** Ports from 1024 that may not be reached; default: services that are not for webhooks, such as databases. */
  deniedPorts?: readonly number[];
  /** How long an idle connection is kept for the next request, in ms; default 10,000. */
  idleTimeoutMs?: number;
  /** While more connections than this are open, finished ones are closed and not kept; default 1,024. */
  maxKeptConnections?: number;
}

export type UrlCheck = { allowed: true; url: URL } | { allowed: false; reason: string };

/** Decides where requests may go: when a URL is saved, and again on each address that is about to be dialled. */
export interface EgressGuard {
  /** Judges a URL without looking its name up; `reason` is one sentence for who saves it. */
  checkUrl(url: string): UrlCheck;
  /** Judges an IP address, in the form sockets have it, with the port to be dialled. */
  isAddressAllowed(address: string, port: number): boolean;
  /** Keep-alive agents that dial only addresses which passed; every outbound request goes through them. */
  agents: { http: http.Agent; https: https.Agent };
  /** Closes the agents' connections and ends the look-ups under way. */
  dispose(): void;
}

const ALLOWED_LOW_PORTS = [80, 443];

const DENIED_PORTS = [
  // Databases: SQL Server, Oracle, MySQL, PostgreSQL, CouchDB, Redis, Neo4j, InfluxDB, ArangoDB, Cassandra, …
  ...[
    1433, 1434, 1521, 2483, 2484, 3306, 5432, 5984, 6379, 6380, 7000, 7001, 7474, 7687, 8086, 8529, 9042,
    9160,
  ],
  // … Elasticsearch, Memcached, CockroachDB, Redis Sentinel, MongoDB, RethinkDB, MySQL X
  ...[9200, 9300, 11211, 16379, 26257, 26379, 27017, 27018, 27019, 28015, 28017, 33060],
  // Message brokers and file systems: MQTT, NFS, ZooKeeper, iSCSI, AMQP, Kafka, RabbitMQ, ActiveMQ
  ...[1883, 2049, 2181, 3260, 5671, 5672, 9092, 15672, 25672, 61616],
  // Control planes: Docker, etcd, Erlang, Kubernetes, Vault, Consul, kubelet
  ...[2375, 2376, 2377, 2379, 2380, 4369, 6443, 8200, 8300, 8301, 8500, 10250, 10255, 10256],
  // Remote access: PPTP, RDP, VNC, WinRM, X11
  ...[1723, 3389, 5900, 5901, 5985, 5986, 6000],
];

const NOT_A_URL = 'This is not a URL: enter one such as https://hooks.example.com/security-events.';
const PRIVATE =
  'Webhooks may not reach private or reserved addresses; the operator can allow some in ALLOWED_PRIVATE_TARGETS.';

export function createEgressGuard(options: EgressGuardOptions): EgressGuard {
  const allowedPorts = new Set(options.allowedPorts ?? ALLOWED_LOW_PORTS);
  const deniedPorts = new Set(options.deniedPorts ?? DENIED_PORTS);
  const privateTargets = options.allowedPrivateTargets.map(({ cidr, port }) => ({
    range: rangeOf(cidr),
    port,
  }));
  const resolver = options.lookup ? { lookup: options.lookup, dispose: () => {} } : createLookup();

  const isPortAllowed = (port: number): boolean =>
    port < 1024 ? allowedPorts.has(port) : port <= 65_535 && !deniedPorts.has(port);

  function isAddressAllowed(text: string, port: number): boolean {
    const address = parseAddress(text);
    if (!address) return false;
    return (
      privateTargets.some((target) => isInRange(address, target.range) && (target.port ?? port) === port) ||
      (isPublicAddress(address) && isPortAllowed(port))
    );
  }

  /** A name is judged by port alone: its addresses are judged when it is dialled. */
  function reasonAgainst(host: string, port: number): string | null {
    const literals = isLocalhost(host) ? ['127.0.0.1', '::1'] : isIP(host) === 0 ? [] : [host];
    if (literals.some((address) => isAddressAllowed(address, port))) return null;
    const address = literals[0] === undefined ? null : parseAddress(literals[0]);
    if (address && !isPublicAddress(address)) return PRIVATE;
    const isPrivatePort =
      literals.length === 0 && privateTargets.some((target) => (target.port ?? port) === port);
    return isPortAllowed(port) || isPrivatePort ? null : `Webhooks may not use port ${port}.`;
  }

  function checkUrl(text: string): UrlCheck {
    const refuse = (reason: string): UrlCheck => ({ allowed: false, reason });
    if (/[\p{Cc}\p{Zs}\\]/u.test(text))
      return refuse('The URL must not contain spaces, control characters or backslashes.');
    const url = parseUrl(text);
    if (!url) return refuse(NOT_A_URL);
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      return refuse('The URL must begin with https:// or http://.');
    // got's spelling of a socket in the file system.
    if (url.hostname === 'unix') return refuse('The host name must not be "unix".');
    if (url.username !== '' || url.password !== '')
      return refuse('The URL must not contain a user name or password: send credentials in a header.');
    const port = url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port);
    const reason = reasonAgainst(url.hostname.replace(/^\[|\]$/g, ''), port);
    return reason === null ? { allowed: true, url } : refuse(reason);
  }

  const agentOptions: https.AgentOptions = {
    keepAlive: true,
    timeout: options.idleTimeoutMs ?? 10_000,
    autoSelectFamily: true,
    // Node's default of 250 ms gives up on far receivers (https://github.com/nodejs/node/issues/48145).
    autoSelectFamilyAttemptTimeout: 2_500,
    minVersion: 'TLSv1.2',
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    rejectUnauthorized: true,
  };
  const agents = { http: new http.Agent(agentOptions), https: new https.Agent(agentOptions) };
  const openConnections = new Set<unknown>();
  for (const agent of [agents.http, agents.https]) {
    guardConnections(agent, isAddressAllowed, resolver.lookup);
    limitKept(agent, openConnections, options.maxKeptConnections ?? 1_024);
  }

  return {
    checkUrl,
    isAddressAllowed,
    agents,
    dispose() {
      agents.http.destroy();
      agents.https.destroy();
      resolver.dispose();
    },
  };
}

function rangeOf(cidr: string): AddressRange {
  const range = parseRange(cidr);
  if (!range)
    throw new ConfigError(`ALLOWED_PRIVATE_TARGETS has "${cidr}", which is no CIDR such as 10.0.0.0/8`);
  return range;
}

/**
 * Makes an agent dial only addresses that pass. Node dials an IP literal as it is and otherwise only what `lookup`
 * answers, every address of it when it races them; so literals are judged here and answers in the look-up.
 */
function guardConnections(
  agent: http.Agent,
  isAllowed: EgressGuard['isAddressAllowed'],
  lookup: LookupFunction,
): void {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const host = options.host ?? 'localhost';
    const port = Number(options.port);
    if (options.socketPath || (isIP(host) !== 0 && !isAllowed(host, port))) {
      callback?.(blocked(), null as never);
      return undefined;
    }
    return connect(
      { ...options, lookup: guardLookup(lookup, (address) => isAllowed(address, port)) },
      callback,
    );
  };
}

/** Wraps a look-up so that it answers only addresses that pass, and fails when there are none. */
function guardLookup(lookup: LookupFunction, isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, answer, family) => {
      if (error) return callback(error, []);
      const found: LookupAddress[] = Array.isArray(answer)
        ? answer
        : [{ address: answer, family: family ?? 0 }];
      const allowed = found
        .filter(({ address }) => isAllowed(address))
        .map(({ address }) => ({ address, family: isIP(address) }));
      const [first] = allowed;
      if (!first) return callback(blocked(), []);
      return options.all ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };
}

/** Keeps finished connections only while few are open, so that many different receivers cannot use up all descriptors. */
function limitKept(agent: http.Agent, open: Set<unknown>, max: number): void {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const socket = connect(options, callback);
    if (socket) {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    }
    return socket;
  };
  const keep = agent.keepSocketAlive.bind(agent) as (socket: unknown) => unknown;
  agent.keepSocketAlive = (socket) => open.size <= max && keep(socket) !== false;
}

/** The failure of a request whose target may not be dialled; deliberately without the address. */
const blocked = (): Error =>
  Object.assign(new Error('The target is not allowed'), { code: 'ERR_TARGET_BLOCKED' });
