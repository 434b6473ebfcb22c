import { isIP } from 'node:net';
import { parseUrl } from './url.js';

/** Where an operator lets deliveries into private networks; `port` null stands for every port. */
export interface PrivateTarget {
  cidr: string;
  port: number | null;
}

/** Reads the text of a setting; throws an Error that goes on after the setting's name, such as `must be …`. */
export type Parser<T> = (text: string) => T;

const DURATION_UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Reads `250ms`, `5s`, `30m`, `2h` or `5d` as milliseconds. */
function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  if (!match) throw new Error('must be a duration such as 250ms, 5s, 30m, 2h or 5d');
  return Math.round(Number(match[1]) * DURATION_UNITS[match[2] as keyof typeof DURATION_UNITS]);
}

/** A duration in milliseconds, between two that are written as settings are. */
export function durationWithin(shortest: string, longest: string): Parser<number> {
  const [min, max] = [parseDuration(shortest), parseDuration(longest)];
  return (text) => {
    const ms = parseDuration(text);
    if (ms < min || ms > max) throw new Error(`must be a duration from ${shortest} to ${longest}`);
    return ms;
  };
}

const SIZE_UNITS = { kb: 1_000, mb: 1_000_000 } as const;

/** Reads `500kb` or `1mb` as bytes, decimal as Splunk's documentation counts them. */
function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(kb|mb)$/i.exec(text.trim());
  if (!match) throw new Error('must be a size such as 500kb or 1mb');
  return Math.round(Number(match[1]) * SIZE_UNITS[match[2]!.toLowerCase() as keyof typeof SIZE_UNITS]);
}

/** A size in bytes, between two that are written as settings are. */
export function sizeWithin(smallest: string, largest: string): Parser<number> {
  const [min, max] = [parseSize(smallest), parseSize(largest)];
  return (text) => {
    const bytes = parseSize(text);
    if (bytes < min || bytes > max) throw new Error(`must be a size from ${smallest} to ${largest}`);
    return bytes;
  };
}

/** A whole number within limits. */
export function integer(min: number, max: number): Parser<number> {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text.trim()) || value < min || value > max)
      throw new Error(`must be a whole number from ${min} to ${max}`);
    return value;
  };
}

/** One of some words. */
export function oneOf<T extends string>(...values: T[]): Parser<T> {
  return (text) => {
    const found = values.find((value) => value === text.trim());
    if (found === undefined) throw new Error(`must be one of ${values.join(', ')}`);
    return found;
  };
}

/** Values with commas between them, and any spaces. */
export const list =
  <T>(parse: Parser<T>): Parser<T[]> =>
  (text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map(parse);

export const boolean: Parser<boolean> = (text) => oneOf('true', 'false')(text) === 'true';

/** Scheme, host and port of a website. */
export function origin(text: string): string {
  const url = parseUrl(text);
  const isOrigin = url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  if (!isOrigin) throw new Error('must be an origin such as https://hookwatch.example.com');
  return url.origin;
}

export function databaseUrl(text: string): string {
  if (/^sqlite:./.test(text)) return text;
  if (/^(mysql|mariadb):\/\/./.test(text) && (parseUrl(text)?.pathname.length ?? 0) > 1) return text;
  throw new Error('must be sqlite:path/to/file or mysql://user:password@host:3306/name');
}

export function redisUrl(text: string): string {
  if (/^rediss?:\/\/./.test(text) && parseUrl(text)) return text;
  throw new Error('must be redis://user:password@host:6379, or rediss:// for TLS');
}

/** An IP address, or a range of them in CIDR notation. */
function isNetwork(text: string): boolean {
  const [, address = '', bits = '0'] = /^([\da-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(bits) <= (version === 4 ? 32 : 128);
}

export function network(text: string): string {
  if (!isNetwork(text))
    throw new Error(`has "${text}", which is no IP address or CIDR such as 203.0.113.7 or 2001:db8::/48`);
  return text;
}

/** The names are those of Fastify's option `trustProxy`. */
export function proxy(text: string): string {
  if (!isNetwork(text) && !['loopback', 'linklocal', 'uniquelocal'].includes(text))
    throw new Error(`has "${text}", which is no IP address or CIDR, nor loopback, linklocal or uniquelocal`);
  return text;
}

/** `10.0.0.0/8`, `127.0.0.1:9001`, `fd00::/8` or `[::1]:9001`. */
export function privateTarget(text: string): PrivateTarget {
  const match = /^(?:([\d.]+(?:\/\d+)?)|\[([\da-f:.]+(?:\/\d+)?)\]|([\da-f:.]+\/\d+))(?::(\d{1,5}))?$/i.exec(
    text,
  );
  const cidr = match?.[1] ?? match?.[2] ?? match?.[3] ?? '';
  const port = match?.[4] === undefined ? null : Number(match[4]);
  if (!isNetwork(cidr) || port === 0 || (port ?? 0) > 65_535)
    throw new Error(`has "${text}", which is no CIDR such as 10.0.0.0/8, 127.0.0.1/32:9001 or [::1]:9001`);
  return { cidr, port };
}

/** Keys for AES-256, at least one. */
export function encryptionKeys(text: string): Buffer[] {
  const keys = list((one) => Buffer.from(one, 'base64'))(text);
  if (keys.length === 0 || keys.some((key) => key.length !== 32))
    throw new Error('must be base64 of 32 bytes (openssl rand -base64 32)');
  return keys;
}
