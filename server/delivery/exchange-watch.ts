import type { ClientRequest, IncomingMessage } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import type { TLSSocket } from 'node:tls';
import { classifyNetworkError, type ErrorClass } from './error-classes.js';
import {
  describe,
  describeError,
  type Exchange,
  type ExchangeFailure,
  type HttpReply,
  type HttpRequest,
  type PhaseTimings,
} from './exchange.js';

export interface WatchOptions {
  number: number;
  request: HttpRequest;
  /** How much of a reply's body is kept. */
  keptBodyBytes: number;
  /** How much of a reply's body is read at all. */
  maxBodyBytes: number;
  /** Called once when the reply can never end properly: the request is to be destroyed and not repeated. */
  onUnusable: () => void;
}

/** Follows one request on the wire. */
export interface ExchangeWatch {
  /** Ends it with a reason of our own; the first call counts. */
  stop(errorClass: 'ABORTED' | 'DEADLINE'): void;
  /** What has come of it by now; the first call counts. `error` is why it ended, if the request itself has not said. */
  finish(error?: unknown): Exchange;
  /** Whether it failed as a request does that meets a kept connection which the receiver has just closed. */
  isStale(): boolean;
}

type Phase = 'LOOK_UP' | 'CONNECT' | 'TLS' | 'REPLY' | 'BODY' | 'DONE';

/** What it means to run out of time in a phase. */
const TIMED_OUT_IN: Record<Exclude<Phase, 'DONE'>, ErrorClass> = {
  LOOK_UP: 'DNS_TEMPORARY',
  CONNECT: 'CONNECT_TIMEOUT',
  TLS: 'TLS_HANDSHAKE',
  REPLY: 'RESPONSE_TIMEOUT',
  BODY: 'RESPONSE_TOO_SLOW',
};

/** Starts to follow a request that has just been made, before it has a socket. */
export function watchExchange(request: ClientRequest, options: WatchOptions): ExchangeWatch {
  const startedAt = new Date();
  const start = performance.now();
  const timings: PhaseTimings = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null, totalMs: 0 };
  const isSecure = request.protocol === 'https:';
  // An IP address is not looked up.
  let phase: Phase = isIP(request.host) === 0 ? 'LOOK_UP' : 'CONNECT';
  let phaseStart = start;
  let bytesReadBefore = 0;
  let peerAddress: string | null = null;
  let tlsVersion: string | null = null;
  let error: unknown;
  let ownReason: ErrorClass | 'DEADLINE' | null = null;
  let response: IncomingMessage | null = null;
  let chunks: Buffer[] = [];
  let keptBytes = 0;
  let bodyBytes = 0;
  let finished: Exchange | null = null;

  /** Enters the next phase and tells how long the last one took. */
  const enter = (next: Phase): number => {
    const now = performance.now();
    const tookMs = now - phaseStart;
    phase = next;
    phaseStart = now;
    return tookMs;
  };

  const fail = (reason: unknown): void => {
    error ??= reason;
  };

  const giveUp = (errorClass: ErrorClass): void => {
    if (ownReason !== null || finished) return;
    ownReason = errorClass;
    options.onUnusable();
  };

  const keep = (data: Buffer | string): void => {
    // got reads the bodies of error replies as text.
    const chunk = typeof data === 'string' ? Buffer.from(data) : data;
    bodyBytes += chunk.length;
    if (keptBytes < options.keptBodyBytes) {
      chunks.push(chunk);
      keptBytes += chunk.length;
    }
    if (bodyBytes > options.maxBodyBytes) giveUp('RESPONSE_TOO_LARGE');
  };

  const receive = (message: IncomingMessage): void => {
    response = message;
    timings.firstByteMs = enter('BODY');
    message.on('data', keep);
    message.on('end', () => enter('DONE'));
    message.on('error', fail);
  };

  const identifyPeer = (socket: Socket): void => {
    peerAddress = socket.remoteAddress ?? null;
    tlsVersion = isSecure ? (socket as TLSSocket).getProtocol() : null;
  };

  const connect = (socket: Socket): void => {
    if (!socket.connecting) {
      bytesReadBefore = socket.bytesRead;
      enter('REPLY');
      identifyPeer(socket);
      return;
    }
    // Node tells of each address when it races several.
    socket.once('lookup', () => {
      timings.dnsMs = enter('CONNECT');
    });
    socket.once('connect', () => {
      timings.connectMs = enter(isSecure ? 'TLS' : 'REPLY');
      peerAddress = socket.remoteAddress ?? null;
    });
    if (isSecure)
      socket.once('secureConnect', () => {
        timings.tlsMs = enter('REPLY');
        identifyPeer(socket);
      });
  };

  request.on('socket', connect);
  request.on('response', receive);
  // got would wait for ever: Node hands the connection over and tells the request nothing more.
  request.on('upgrade', (message: IncomingMessage, socket: Socket) => {
    receive(message);
    socket.destroy();
    giveUp('RESPONSE_MALFORMED');
  });
  // Stays for as long as the request does: Node may report more than one error, got listens to one.
  request.on('error', fail);

  function failure(): ExchangeFailure | null {
    if (phase === 'DONE') return null;
    const isTimeout = ownReason === 'DEADLINE' || (error instanceof Error && error.name === 'TimeoutError');
    if (ownReason !== null && ownReason !== 'DEADLINE') return describe(ownReason);
    if (isTimeout) return describe(TIMED_OUT_IN[phase], phase === 'TLS' ? 'it took too long' : undefined);
    return phase === 'TLS' && classifyNetworkError(error) === 'CONNECTION_RESET'
      ? describe('TLS_HANDSHAKE', 'the receiver closed the connection')
      : describeError(error);
  }

  return {
    stop(reason) {
      ownReason ??= reason;
    },
    finish(reason) {
      if (finished) return finished;
      fail(reason);
      timings.totalMs = (phase === 'DONE' ? phaseStart : performance.now()) - start;
      finished = {
        number: options.number,
        startedAt,
        timings,
        request: { ...options.request, headers: sentHeaders(request) },
        reply: response && toReply(response, Buffer.concat(chunks), options.keptBodyBytes, bodyBytes),
        failure: failure(),
        peerAddress,
        tlsVersion,
      };
      chunks = [];
      return finished;
    },
    isStale: () =>
      request.reusedSocket &&
      response === null &&
      ownReason === null &&
      classifyNetworkError(error) === 'CONNECTION_RESET' &&
      request.socket?.bytesRead === bytesReadBefore,
  };
}

function sentHeaders(request: ClientRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of request.getHeaderNames()) headers[name] = String(request.getHeader(name));
  return headers;
}

function toReply(
  message: IncomingMessage,
  kept: Buffer,
  keptBodyBytes: number,
  bodyBytes: number,
): HttpReply {
  const { rawHeaders } = message;
  const headers: HttpReply['headers'] = [];
  for (let i = 0; i < rawHeaders.length; i += 2)
    headers.push({ name: rawHeaders[i] ?? '', value: rawHeaders[i + 1] ?? '' });
  const bodyTruncated = bodyBytes > keptBodyBytes;
  return {
    httpVersion: message.httpVersion,
    status: message.statusCode ?? 0,
    statusText: message.statusMessage ?? '',
    headers,
    // A decoder leaves out the character that the cut went through.
    body: bodyTruncated ? new StringDecoder('utf8').write(kept.subarray(0, keptBodyBytes)) : kept.toString(),
    bodyTruncated,
  };
}
