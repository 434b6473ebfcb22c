import { setMaxListeners } from 'node:events';
import type { ClientRequest } from 'node:http';
import got, { type Got, type Options, type Request, type RequestError } from 'got';
import { createBag, type InBag } from './bag.js';
import type { EgressGuard } from './egress-guard.js';
import { watchExchange, type ExchangeWatch } from './exchange-watch.js';
import {
  describe,
  describeError,
  unsentExchange,
  type Exchange,
  type ExchangeFailure,
  type HttpRequest,
} from './exchange.js';

export type { Exchange, HttpReply, HttpRequest, PhaseTimings } from './exchange.js';

export interface HttpClientOptions {
  guard: EgressGuard;
  /** Longest time for one request, from look-up to the last byte of the reply, in ms; default 15,000. */
  timeoutMs?: number;
  /**
   * Longest time for one `send`, in ms; default three times `timeoutMs`. A quick retry that might not end in time
   * is not begun.
   */
  roundTimeoutMs?: number;
  /** Longest wait before a quick retry, in ms; default 2,000. A longer `Retry-After` ends the round. */
  quickBackoffLimitMs?: number;
  /** How much of a reply's body is kept; default 16 KiB. */
  keptBodyBytes?: number;
  /** Where the connection is cut; default 1 MiB. */
  maxBodyBytes?: number;
  /** PEM certificates that are trusted instead of Node's; for receivers in tests. */
  ca?: string;
}

export interface SendOptions {
  /** How often got may try again, within `roundTimeoutMs`. */
  retries: number;
  /** Ends the request under way, or the wait for the next: the last exchange is then an `ABORTED` one. */
  signal?: AbortSignal;
  /** Takes each exchange that got will try again, as soon as it has ended. */
  onRetried?: (exchange: Exchange) => void;
}

/** Sends requests with got; the only place that does. */
export interface HttpClient {
  /**
   * Sends one request and got's quick retries of it; answers with the last exchange. Whatever a receiver or the
   * network does is data: it rejects only with what `prepare` or `onRetried` throws.
   *
   * `prepare` is called before each request, with its number from 1, so that it can carry a fresh timestamp and the
   * settings of the moment. One request may go out twice: when a kept connection turns out to have been closed by the
   * receiver, got sends it again at once on another one, and the first is no attempt: nothing came back, and no
   * receiver is known to have seen it.
   */
  send(prepare: Prepare, options: SendOptions): Promise<Exchange>;
  /** Ends all requests as `ABORTED`, and the guard with its connections. */
  dispose(): void;
}

type Prepare = (number: number) => HttpRequest | Promise<HttpRequest>;

/** Framing and routing are the client's own business; got would send a contradictory length or another host. */
const RESERVED_HEADERS = new Set([
  ...['host', 'connection', 'keep-alive', 'upgrade', 'expect', 'te', 'trailer'],
  ...['content-length', 'transfer-encoding', 'accept-encoding'],
]);
const OWN_HEADERS = { 'accept-encoding': 'identity', connection: 'keep-alive' };

/** got's own backoff, 1 s, 2 s, 4 s, …, which a `Retry-After` only ever lengthens. */
const backoffMs = (attemptCount: number, limitMs: number): number =>
  Math.min(1_000 * 2 ** (attemptCount - 1), limitMs);

/** One `send` under way; got's hooks find it in the request's `context`. */
interface Sending extends InBag {
  retries: number;
  onRetried: SendOptions['onRetried'];
  prepare: Prepare;
  startedAt: number;
  /** The number of the request under way, or of the next one. */
  number: number;
  request: HttpRequest;
  stream: Request | null;
  /** The request under way; null between two. */
  watch: ExchangeWatch | null;
  /** The same request goes out again, because of a stale connection. */
  isResend: boolean;
  wasResent: boolean;
  /** Why the next request must not be sent. */
  refusal: ExchangeFailure | null;
  /** What the caller's function threw. */
  fault: Error | null;
  settled: boolean;
  settle: (error?: unknown) => void;
}

const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error('Something was thrown that is no error.', { cause: thrown });

type NodeOptions = ReturnType<Options['createNativeRequestOptions']>;

/**
 * What got hands to Node, in its place and as a method of its options: those that we set. got spreads two objects and
 * adds thirty options to them, of which V8 makes an object that outlives its request: half of what got costs.
 */
function nodeOptions(this: Options): NodeOptions {
  const { agent, method, headers, https, url } = this;
  const isSecure = (url as URL).protocol === 'https:';
  return {
    method,
    headers,
    agent: isSecure ? agent.https : agent.http,
    ca: https.certificateAuthority,
  } as NodeOptions;
}

const sendingOf = (options: Options): Sending => options.context.sending as Sending;

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { guard, timeoutMs = 15_000, quickBackoffLimitMs = 2_000 } = options;
  const { keptBodyBytes = 16_384, maxBodyBytes = 1_048_576, roundTimeoutMs = 3 * timeoutMs } = options;
  const running = createBag<Sending>();
  const clients = new Map<number, Got>();
  let disposed = false;

  function refusalOf(request: HttpRequest): ExchangeFailure | null {
    if (request.refusal) return request.refusal;
    if (!guard.checkUrl(request.url).allowed) return describe('TARGET_BLOCKED');
    for (const name in request.headers)
      if (RESERVED_HEADERS.has(name.toLowerCase()))
        return describe('REQUEST_INVALID', `${name} may not be set`);
    return null;
  }

  /** Tells got how long to wait before it tries again, in ms; 0 ends it. */
  function delayBeforeRetry(
    sending: Sending,
    error: RequestError,
    attemptCount: number,
    computedMs: number,
  ): number {
    const { watch } = sending;
    if (sending.settled || !watch) return 0;
    const exchange = watch.finish(error);
    if (watch.isStale() && !sending.wasResent) {
      sending.isResend = sending.wasResent = true;
      sending.watch = null;
      return 1;
    }
    const delayMs = Math.max(computedMs, backoffMs(attemptCount, quickBackoffLimitMs));
    const elapsedMs = performance.now() - sending.startedAt;
    if (sending.number > sending.retries || elapsedMs + delayMs + timeoutMs > roundTimeoutMs) return 0;
    sending.number += 1;
    sending.watch = null;
    try {
      sending.onRetried?.(exchange);
    } catch (error) {
      throw (sending.fault = asError(error));
    }
    return delayMs;
  }

  /** Puts the next request into got's options, which still hold the last one. */
  async function prepareRetry(sending: Sending, gotOptions: Options): Promise<void> {
    if (sending.isResend) {
      sending.isResend = false;
      return;
    }
    try {
      sending.request = await sending.prepare(sending.number);
    } catch (error) {
      throw (sending.fault = asError(error));
    }
    sending.refusal = refusalOf(sending.request);
    if (sending.refusal) throw new Error(sending.refusal.message);
    gotOptions.url = sending.request.url;
    gotOptions.headers = { ...sending.request.headers, ...OWN_HEADERS };
    gotOptions.body = sending.request.body;
  }

  /*
   * The stream API, because it costs two thirds of the promise API and leaves the reply's body to us. It retries on
   * a status only with `throwHttpErrors`. `limit` has one place more than asked for, for the stale connection.
   */
  const createClient = (retries: number): Got =>
    got.extend({
      method: 'POST',
      agent: guard.agents,
      timeout: { request: timeoutMs },
      throwHttpErrors: true,
      followRedirect: false,
      decompress: false,
      http2: false,
      headers: { 'user-agent': undefined, ...OWN_HEADERS },
      retry: {
        limit: retries + 1,
        methods: ['POST'],
        enforceRetryRules: true,
        backoffLimit: quickBackoffLimitMs,
        noise: 100,
        maxRetryAfter: quickBackoffLimitMs,
        calculateDelay: ({ error, attemptCount, computedValue }) =>
          delayBeforeRetry(sendingOf(error.options), error, attemptCount, computedValue),
      },
      hooks: { beforeRetry: [(error) => prepareRetry(sendingOf(error.options), error.options)] },
      ...(options.ca === undefined ? {} : { https: { certificateAuthority: options.ca } }),
    });

  function clientFor(retries: number): Got {
    const client = clients.get(retries) ?? createClient(retries);
    clients.set(retries, client);
    return client;
  }

  /** Follows one of got's streams, which has not begun yet; every try has its own. */
  function follow(sending: Sending, stream: Request): void {
    sending.stream = stream;
    stream.options.createNativeRequestOptions = nodeOptions;
    const settle = (error?: unknown): void => {
      if (sending.stream === stream) sending.settle(error);
    };
    stream.on('request', (clientRequest: ClientRequest) => {
      sending.watch = watchExchange(clientRequest, {
        number: sending.number,
        request: sending.request,
        keptBodyBytes,
        maxBodyBytes,
        onUnusable: () => {
          stream.destroy();
          settle();
        },
      });
    });
    stream.on('retry', (_count: number, _error: RequestError, createRetryStream: () => Request) =>
      follow(sending, createRetryStream()),
    );
    stream.on('error', settle);
    stream.on('end', settle);
    stream.resume();
  }

  /** Ends a `send` before its time. */
  function stop(sending: Sending, reason: 'ABORTED' | 'DEADLINE'): void {
    sending.watch?.stop(reason);
    sending.stream?.destroy();
    sending.settle();
  }

  function exchangeOf({ watch, number, request, refusal }: Sending, error: unknown): Exchange {
    if (watch) return watch.finish(error);
    const failure = refusal ?? (error === undefined ? describe('ABORTED') : describeError(error));
    return unsentExchange(number, request, failure);
  }

  function start(prepare: Prepare, request: HttpRequest, sendOptions: SendOptions): Promise<Exchange> {
    const { signal, retries, onRetried } = sendOptions;
    return new Promise((resolve, reject) => {
      const sending: Sending = {
        retries,
        onRetried,
        prepare,
        startedAt: performance.now(),
        number: 1,
        request,
        stream: null,
        watch: null,
        isResend: false,
        wasResent: false,
        refusal: null,
        fault: null,
        settled: false,
        indexInBag: 0,
        settle(error) {
          if (sending.settled) return;
          sending.settled = true;
          clearTimeout(deadline);
          signal?.removeEventListener('abort', abort);
          running.delete(sending);
          if (sending.fault) reject(sending.fault);
          else resolve(exchangeOf(sending, error));
        },
      };
      const abort = (): void => stop(sending, 'ABORTED');
      const deadline = setTimeout(stop, roundTimeoutMs, sending, 'DEADLINE');
      running.add(sending);
      if (signal) {
        // Many sends share a signal; Node would warn of a leak.
        setMaxListeners(0, signal);
        signal.addEventListener('abort', abort);
      }
      const { url, headers, body } = request;
      follow(sending, clientFor(retries).stream(url, { headers, body, context: { sending } }));
    });
  }

  return {
    async send(prepare, sendOptions) {
      const request = await prepare(1);
      const isStopped = disposed || sendOptions.signal?.aborted === true;
      const failure = isStopped ? describe('ABORTED') : refusalOf(request);
      return failure ? unsentExchange(1, request, failure) : start(prepare, request, sendOptions);
    },
    dispose() {
      disposed = true;
      for (const sending of running.all()) stop(sending, 'ABORTED');
      guard.dispose();
    },
  };
}
