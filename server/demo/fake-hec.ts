import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { createHecAcks, type HecAcks } from './hec-acks.js';
import { readHecBody, type HecEvent, type HecProblem } from './hec-body.js';
import { ackReply, hecReply, notFound, tooLong, type HecCode } from './hec-replies.js';
import { startLocalServer, type LocalReply, type LocalRequest, type LocalServer } from './local-server.js';

export type { HecEvent } from './hec-body.js';
export type { HecCode } from './hec-replies.js';

/** A token of the collector, as an admin of Splunk makes it. */
export interface HecToken {
  value: string;
  /** The indexes it may write to; default: all. */
  indexes?: readonly string[];
  /** Whether it is switched off; default false. */
  disabled?: boolean;
  /** Whether it has indexer acknowledgment; default false. */
  acknowledges?: boolean;
}

export interface FakeHecOptions {
  tokens: readonly HecToken[];
  /** Default: a free one. */
  port?: number;
  /** Splunk's `max_content_length`, in bytes as they are sent; default 1,000,000. A longer body is answered with 413. */
  maxContentLength?: number;
  /** Takes the events of a request as they are indexed, before it is answered. */
  onEvents?: (events: HecEvent[], token: HecToken) => void;
  /** Takes the numbers that are asked for, before they are answered. */
  onQuestion?: (ids: readonly number[]) => void;
  /** How long an answer takes, in ms; default: as fast as it can. */
  delay?: (signal: AbortSignal) => Promise<void>;
}

/** A state of the collector in which it answers every request for events alike. */
export interface HecCondition {
  code: HecCode;
  /** For how many seconds it asks to be left alone. */
  retryAfter?: number;
}

/** A small HTTP Event Collector that answers as Splunk's does. */
export interface FakeHec extends LocalServer, Pick<HecAcks, 'forget'> {
  /** With 24 and 25 it indexes what comes, with others nothing; null: it is well. */
  setCondition(condition: HecCondition | null): void;
  /** While it does not index, acknowledgments stay open. */
  setIndexing(isIndexing: boolean): void;
  /** How many requests for events came, whatever became of them. */
  requestCount(): number;
}

const EVENT_PATHS = ['/services/collector', '/services/collector/event', '/services/collector/event/1.0'];
const HEALTH_PATHS = ['/services/collector/health', '/services/collector/health/1.0'];
const ACK_PATHS = ['/services/collector/ack', '/services/collector/ack/1.0'];
const UNWELL: readonly HecCode[] = [9, 18, 19, 20, 23];
const TAKES_EVENTS: readonly HecCode[] = [0, 24, 25];
/** Splunk unpacks what it is sent; this one, only so far. */
const MAX_UNPACKED_BYTES = 50_000_000;
const GUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

const unpack = promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip);

/** Starts a collector on 127.0.0.1; for the demo, for tests and for benchmarks. */
export async function startFakeHec(options: FakeHecOptions): Promise<FakeHec> {
  const tokens = new Map(options.tokens.map((token) => [token.value, token]));
  const acks = createHecAcks();
  let condition: HecCondition | null = null;
  let requestCount = 0;

  async function answer(request: LocalRequest): Promise<LocalReply> {
    const { method, path } = request;
    const isPost = method === 'POST';
    if (isPost && EVENT_PATHS.includes(path)) requestCount += 1;
    await options.delay?.(request.signal);
    // Splunk says how it is without looking at the token.
    if (method === 'GET' && HEALTH_PATHS.includes(path)) return hecReply(healthOf(condition));
    if (isPost && EVENT_PATHS.includes(path)) return takeEvents(request);
    return isPost && ACK_PATHS.includes(path) ? readAcks(request) : notFound();
  }

  async function takeEvents(request: LocalRequest): Promise<LocalReply> {
    const token = authorize(request, tokens);
    if (typeof token === 'number') return hecReply(token);
    const { code, retryAfter } = condition ?? { code: 0 };
    if (!TAKES_EVENTS.includes(code))
      return hecReply(code, {}, retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) });
    const channel = channelOf(request, token);
    if (typeof channel === 'number') return hecReply(channel);
    const text = await textOf(request);
    if (text === null) return replyProblem({ code: 6, position: 0 });
    const { events, problem } = readHecBody(text, (name) => token.indexes?.includes(name) ?? true);
    if (events.length > 0) options.onEvents?.(events, token);
    if (problem) return replyProblem(problem);
    return hecReply(code, channel === null ? {} : { ackId: acks.issue(channel) });
  }

  function readAcks(request: LocalRequest): LocalReply {
    const token = authorize(request, tokens);
    if (typeof token === 'number') return hecReply(token);
    if (!token.acknowledges) return hecReply(14);
    const channel = channelOf(request, token);
    if (typeof channel !== 'string') return hecReply(channel ?? 10);
    const ids = idsOf(request.body.toString('utf8'));
    if (!ids) return hecReply(6);
    options.onQuestion?.(ids);
    return ackReply(acks.read(channel, ids));
  }

  const server = await startLocalServer({
    port: options.port,
    maxBodyBytes: options.maxContentLength,
    answer,
    answerTooLong: tooLong,
  });
  return {
    ...server,
    setCondition: (changed) => void (condition = changed),
    setIndexing: acks.setRunning,
    forget: acks.forget,
    requestCount: () => requestCount,
  };
}

const healthOf = (condition: HecCondition | null): HecCode =>
  condition && UNWELL.includes(condition.code) ? condition.code : 17;

/** The token, or the code that refuses it. */
function authorize(
  { headers: { authorization }, query }: LocalRequest,
  tokens: ReadonlyMap<string, HecToken>,
): HecToken | HecCode {
  if (authorization === undefined) return query.has('token') ? 16 : 2;
  const value = /^Splunk (\S+)$/.exec(authorization)?.[1];
  if (value === undefined) return 3;
  const token = tokens.get(value);
  if (!token) return 4;
  return token.disabled ? 1 : token;
}

/** Where a token's acknowledgments are counted; null: it has none; a number: the code that refuses the request. */
function channelOf({ headers, query }: LocalRequest, token: HecToken): string | HecCode | null {
  if (!token.acknowledges) return null;
  const channel = headers['x-splunk-request-channel'] ?? query.get('channel');
  if (typeof channel !== 'string' || channel === '') return 10;
  return GUID.test(channel) ? `${token.value} ${channel}` : 11;
}

/** Null: it claims to be packed and is not. */
async function textOf({ headers, body }: LocalRequest): Promise<string | null> {
  if (headers['content-encoding'] !== 'gzip') return body.toString('utf8');
  try {
    return (await unpack(body, { maxOutputLength: MAX_UNPACKED_BYTES })).toString('utf8');
  } catch {
    return null;
  }
}

/** The numbers in `{"acks": [0, 1]}`; null for anything else. */
function idsOf(text: string): number[] | null {
  try {
    const { acks } = JSON.parse(text) as { acks?: unknown };
    return Array.isArray(acks) && acks.every(Number.isSafeInteger) ? (acks as number[]) : null;
  } catch {
    return null;
  }
}

/** Splunk counts the events from 0, but those with a wrong index from 1. */
const replyProblem = ({ code, position }: HecProblem): LocalReply =>
  hecReply(
    code,
    position === undefined ? {} : { 'invalid-event-number': code === 7 ? position + 1 : position },
  );
