import dns, { type LookupAddress } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { isIP, type LookupFunction } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/*
 * Look-ups that cannot block one another.
 *
 * `dns.lookup` is getaddrinfo on libuv's thread pool: two slow name servers would keep every other webhook's
 * look-up waiting. So names are asked of the name servers directly (`dns.Resolver`, c-ares: sockets, no threads),
 * after the hosts file. Only what public DNS cannot answer goes to the system: single labels and private domains
 * (search lists, Docker, Kubernetes, mDNS), and names the name servers do not know. libuv gives look-ups at most
 * half of its pool, so these never stop the process's files or password hashes either.
 */

export interface LookupOptions {
  /** Longest wait for one look-up, in ms; default 5,000. */
  timeoutMs?: number;
  /** Name servers as `address:port`; default: the system's. */
  servers?: string[];
  /** Default `/etc/hosts`. */
  hostsFile?: string;
}

/** A replacement for `dns.lookup` that always answers with every address, IPv4 first. */
export interface Lookup {
  lookup: LookupFunction;
  /** Ends the queries under way. */
  dispose(): void;
}

interface Answer {
  addresses: LookupAddress[];
  expiresAt: number;
}

const MAX_CACHED_NAMES = 1_000;
const MAX_TTL_MS = 30_000;
/** How long an answer without a time to live (hosts file, system) is used. */
const SYSTEM_TTL_MS = 5_000;
/** How long IPv6 addresses are waited for once the IPv4 ones are there (RFC 8305, section 3). */
const RESOLUTION_DELAY_MS = 50;
/** Top-level domains that are never in public DNS: RFC 2606, RFC 6762 and its appendix G, ICANN's `.internal`. */
const PRIVATE_DOMAIN =
  /(^[^.]+|\.(test|example|invalid|local|internal|intranet|private|corp|home|lan|home\.arpa))$/;
/** The name servers answered that they have no such name, or there are none. */
const UNKNOWN_TO_DNS = new Set(['ENOTFOUND', 'ENODATA', 'ECONNREFUSED']);

export function createLookup(options: LookupOptions = {}): Lookup {
  const { timeoutMs = 5_000, hostsFile = '/etc/hosts' } = options;
  const resolver = new dns.promises.Resolver({ timeout: 1_500, tries: 3 });
  if (options.servers) resolver.setServers(options.servers);
  const cache = new Map<string, Answer>();
  const running = new Map<string, Promise<LookupAddress[]>>();

  async function find(name: string): Promise<LookupAddress[]> {
    const answer =
      (await findInHostsFile(hostsFile, name)) ??
      (PRIVATE_DOMAIN.test(name) ? null : await findInDns(resolver, name)) ??
      (await findInSystem(name));
    if (cache.size >= MAX_CACHED_NAMES) cache.delete(cache.keys().next().value ?? '');
    cache.set(name, answer);
    return answer.addresses;
  }

  function findOnce(name: string): Promise<LookupAddress[]> {
    const started = running.get(name);
    if (started) return started;
    const promise = find(name).finally(() => running.delete(name));
    running.set(name, promise);
    return promise;
  }

  function resolve(hostname: string): LookupAddress[] | Promise<LookupAddress[]> {
    const name = hostname.toLowerCase().replace(/\.$/, '');
    if (isLocalhost(name)) return LOOPBACK;
    const cached = cache.get(name);
    if (cached && cached.expiresAt > performance.now()) return cached.addresses;
    cache.delete(name);
    return withTimeout(findOnce(name), timeoutMs, hostname);
  }

  return {
    lookup(hostname, _options, callback) {
      const answer = resolve(hostname);
      // Later than the request's `socket` event, after which the time of the look-up can be observed.
      if (Array.isArray(answer)) setImmediate(callback, null, answer);
      else
        answer.then(
          (addresses) => callback(null, addresses),
          (error: unknown) => callback(lookupError(error, hostname), []),
        );
    },
    dispose: () => resolver.cancel(),
  };
}

const LOOPBACK: LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/** `localhost` and its subdomains, which are always the loopback addresses (RFC 6761, section 6.3). */
export const isLocalhost = (hostname: string): boolean => /(^|\.)localhost\.?$/i.test(hostname);

async function findInHostsFile(file: string, name: string): Promise<Answer | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const addresses = text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/);
    return isIP(address) !== 0 && names.includes(name) ? [{ address, family: isIP(address) }] : [];
  });
  return addresses.length === 0 ? null : { addresses, expiresAt: performance.now() + SYSTEM_TTL_MS };
}

/** Asks the name servers; null when they know no such name. */
async function findInDns(resolver: dns.promises.Resolver, name: string): Promise<Answer | null> {
  const settle = <T>(records: Promise<T>): Promise<T | NodeJS.ErrnoException> =>
    records.catch((error: NodeJS.ErrnoException) => error);
  const asked6 = settle(resolver.resolve6(name, { ttl: true }));
  const answer4 = await settle(resolver.resolve4(name, { ttl: true }));
  const answer6 = Array.isArray(answer4)
    ? await Promise.race([asked6, delay(RESOLUTION_DELAY_MS, [])])
    : await asked6;
  const records = [answer4, answer6].flatMap((answer) => (Array.isArray(answer) ? answer : []));
  if (records.length > 0) {
    const ttlMs = Math.min(MAX_TTL_MS, ...records.map(({ ttl }) => ttl * 1000));
    const addresses = records.map(({ address }) => ({ address, family: isIP(address) }));
    return { addresses, expiresAt: performance.now() + ttlMs };
  }
  for (const answer of [answer4, answer6])
    if (answer instanceof Error && !UNKNOWN_TO_DNS.has(answer.code ?? '')) throw answer;
  return null;
}

async function findInSystem(name: string): Promise<Answer> {
  const found = await new Promise<LookupAddress[]>((resolve, reject) => {
    dns.lookup(name, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });
  const addresses = found.toSorted((a, b) => a.family - b.family);
  return { addresses, expiresAt: performance.now() + SYSTEM_TTL_MS };
}

function withTimeout<T>(promise: Promise<T>, timeoutMs: number, hostname: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(lookupError(null, hostname)), timeoutMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Gives every failure one of getaddrinfo's two codes, which got's retry rules know. */
function lookupError(cause: unknown, hostname: string): NodeJS.ErrnoException {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const unknown = ['ENOTFOUND', 'ENODATA', 'EAI_NODATA', 'EAI_NONAME', 'EBADNAME'].includes(code);
  const error = new Error(unknown ? 'The host name was not found' : 'The look-up failed', { cause });
  return Object.assign(error, { code: unknown ? 'ENOTFOUND' : 'EAI_AGAIN', syscall: 'lookup', hostname });
}
