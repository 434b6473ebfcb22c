import { classifyNetworkError, summaryOf, type ErrorClass } from './error-classes.js';

/** One POST, as a provider formats it. */
export interface HttpRequest {
  url: string;
  /** Of an exchange: every header as it went over the wire, in lower case. */
  headers: Record<string, string>;
  body: string | Buffer;
  /** Where the body is compressed: what it was before. */
  unpackedBody?: string;
  /** Why it could not be made: it is not sent. */
  refusal?: ExchangeFailure;
}

export interface HttpReply {
  /** Such as `1.1`. */
  httpVersion: string;
  status: number;
  statusText: string;
  /** In the order and spelling they were received in. */
  headers: Array<{ name: string; value: string }>;
  /** The first 16 KiB as UTF-8, what is not UTF-8 replaced. */
  body: string;
  bodyTruncated: boolean;
}

/** Milliseconds each phase took; null when it was not completed, or not needed because the connection was reused. */
export interface PhaseTimings {
  /** Null for an IP address too. */
  dnsMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
  /** From the ready connection to the end of the reply's headers. */
  firstByteMs: number | null;
  totalMs: number;
}

export interface ExchangeFailure {
  errorClass: ErrorClass;
  /** One sentence on what happened. */
  message: string;
}

/** One HTTP request and what came of it; a status such as 500 is a reply, not a failure. */
export interface Exchange {
  /** Counts the requests of one round, from 1. */
  number: number;
  startedAt: Date;
  timings: PhaseTimings;
  request: HttpRequest;
  /** Kept also when its body was cut, then with a `failure`. */
  reply: HttpReply | null;
  failure: ExchangeFailure | null;
  /** The address that was connected to; null when none was. */
  peerAddress: string | null;
  /** Such as `TLSv1.3`; null without TLS. */
  tlsVersion: string | null;
}

/** The exchange of a request that was not sent at all. */
export function unsentExchange(number: number, request: HttpRequest, failure: ExchangeFailure): Exchange {
  return {
    number,
    startedAt: new Date(),
    timings: { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null, totalMs: 0 },
    request,
    reply: null,
    failure,
    peerAddress: null,
    tlsVersion: null,
  };
}

/** A failure in the words of its class. */
export const describe = (errorClass: ErrorClass, detail?: string): ExchangeFailure => ({
  errorClass,
  message: summaryOf(errorClass, detail),
});

/** A failure of Node's network modules, or of got, which keeps their codes. */
export function describeError(error: unknown): ExchangeFailure {
  const errorClass = classifyNetworkError(error);
  return describe(errorClass, detailOf(errorClass, error));
}

/** The part of Node's message that helps and gives nothing away: what TLS and the HTTP parser found wrong. */
function detailOf(errorClass: ErrorClass, error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (errorClass === 'NETWORK_ERROR') return 'code' in error ? String(error.code) : error.name;
  // OpenSSL's reason, out of `error:0A00010B:SSL routines:ssl3_get_record:wrong version number:file:line`.
  if (errorClass.startsWith('TLS_'))
    return /:SSL routines:[^:]*:([^:]+)/.exec(error.message)?.[1] ?? error.message;
  return errorClass === 'RESPONSE_MALFORMED' || errorClass === 'REQUEST_INVALID' ? error.message : undefined;
}
