import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { readHecBody, type HecEvent, type HecProblem } from './hec-body.js';
import { startLocalServer, type LocalReply, type LocalRequest, type LocalServer } from './local-server.js';

export type { HecEvent } from './hec-body.js';

/** A token of the collector, as an admin of Splunk makes it. */
export interface HecToken {
  value: string;
  /** The indexes it may write to; default: all. */
  indexes?: readonly string[];
  /** Whether it is switched off; default false. */
  disabled?: boolean;
}

export interface FakeHecOptions {
  tokens: readonly HecToken[];
  /** Default: a free one. */
  port?: number;
  /** Splunk's `max_content_length`, in bytes as they are sent; default 1,000,000. A longer body is answered with 413. */
  maxContentLength?: number;
  /** Takes the events of a request as they are indexed, before it is answered. */
  onEvents?: (events: HecEvent[], token: HecToken) => void;
  /** How long an answer takes, in ms; default: as fast as it can. */
  delay?: (signal: AbortSignal) => Promise<void>;
}

/** A small HTTP Event Collector that answers as Splunk's does. */
export interface FakeHec extends LocalServer {
  /** While it is busy, it indexes nothing and answers code 9. */
  setBusy(busy: boolean): void;
}

const EVENT_PATHS = ['/services/collector', '/services/collector/event', '/services/collector/event/1.0'];
const HEALTH_PATHS = ['/services/collector/health', '/services/collector/health/1.0'];
/** Splunk unpacks what it is sent; this one, only so far. */
const MAX_UNPACKED_BYTES = 50_000_000;

const unpack = promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip);

/** Splunk's reply codes that it gives, with their HTTP statuses and words. */
const replies = {
  0: [200, 'Success'],
  1: [403, 'Token disabled'],
  2: [401, 'Token is required'],
  3: [401, 'Invalid authorization'],
  4: [403, 'Invalid token'],
  5: [400, 'No data'],
  6: [400, 'Invalid data format'],
  7: [400, 'Incorrect index'],
  9: [503, 'Server is busy'],
  12: [400, 'Event field is required'],
  13: [400, 'Event field cannot be blank'],
  17: [200, 'HEC is healthy'],
  404: [404, 'The requested URL was not found on this server.'],
} as const;

type Code = keyof typeof replies;

/** Starts a collector on 127.0.0.1; for the demo, for tests and for benchmarks. */
export async function startFakeHec(options: FakeHecOptions): Promise<FakeHec> {
  const tokens = new Map(options.tokens.map((token) => [token.value, token]));
  let isBusy = false;

  async function answer(request: LocalRequest): Promise<LocalReply> {
    await options.delay?.(request.signal);
    // Splunk says that it is well without looking at the token.
    if (request.method === 'GET' && HEALTH_PATHS.includes(request.path)) return reply(isBusy ? 9 : 17);
    if (request.method !== 'POST' || !EVENT_PATHS.includes(request.path)) return reply(404);
    const token = authorize(request.headers.authorization, tokens);
    if (typeof token === 'number') return reply(token);
    return isBusy ? reply(9) : index(request, token);
  }

  async function index(request: LocalRequest, token: HecToken): Promise<LocalReply> {
    const text = await textOf(request);
    if (text === null) return replyProblem({ code: 6, position: 0 });
    const { events, problem } = readHecBody(text, (name) => token.indexes?.includes(name) ?? true);
    if (events.length > 0) options.onEvents?.(events, token);
    return problem ? replyProblem(problem) : reply(0);
  }

  const server = await startLocalServer({
    port: options.port,
    maxBodyBytes: options.maxContentLength,
    answer,
    answerTooLong: (bytes) => ({
      status: 413,
      headers: { 'content-type': 'text/xml; charset=UTF-8' },
      body: `<response><messages><msg type="ERROR">Content-Length of ${bytes} too large</msg></messages></response>`,
    }),
  });
  return { ...server, setBusy: (busy) => void (isBusy = busy) };
}

/** The token, or the code that refuses it. */
function authorize(header: string | undefined, tokens: ReadonlyMap<string, HecToken>): HecToken | Code {
  if (header === undefined) return 2;
  const value = /^Splunk (\S+)$/.exec(header)?.[1];
  if (value === undefined) return 3;
  const token = tokens.get(value);
  if (!token) return 4;
  return token.disabled ? 1 : token;
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

/** Splunk counts the events from 0, but those with a wrong index from 1. */
const replyProblem = ({ code, position }: HecProblem): LocalReply =>
  reply(code, position === undefined ? {} : { 'invalid-event-number': code === 7 ? position + 1 : position });

function reply(code: Code, more: object = {}): LocalReply {
  const [status, text] = replies[code];
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8', server: 'Splunkd' },
    body: JSON.stringify({ text, code, ...more }),
  };
}
