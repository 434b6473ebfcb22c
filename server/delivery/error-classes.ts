/** What a failed attempt means for its delivery (delivery.md, "After a failed round"). */
export type FailureOutcome = 'RETRYABLE' | 'MISCONFIGURED' | 'PERMANENT';

interface ErrorClassEntry {
  outcome: FailureOutcome;
  /** What happened, without a full stop; a detail may follow. */
  summary: string;
  /** What the admin of the webhook does about it, in one sentence. */
  hint: string;
}

const entry = (outcome: FailureOutcome, summary: string, hint: string): ErrorClassEntry => ({
  outcome,
  summary,
  hint,
});

/*
 * Summaries and hints name no address, port or resolver: an unreachable and a forbidden target must not tell
 * a tenant more than a missing one, or webhooks become a port scanner.
 */
const entries = {
  DNS_NOT_FOUND: entry(
    'RETRYABLE',
    'The host name was not found',
    'The target’s host name does not exist: check its spelling, and that it resolves from where Hookwatch runs.',
  ),
  DNS_TEMPORARY: entry(
    'RETRYABLE',
    'The host name could not be looked up',
    'The name server did not answer properly: nothing to change if it passes, else check the domain’s name servers.',
  ),
  CONNECTION_REFUSED: entry(
    'RETRYABLE',
    'The connection was refused',
    'Nothing accepts connections there: check the port, that the receiver is running, and its firewall.',
  ),
  CONNECTION_RESET: entry(
    'RETRYABLE',
    'The connection was closed before the reply was complete',
    'The receiver or something before it cut the connection: look into its log, its proxy and its firewall.',
  ),
  CONNECT_TIMEOUT: entry(
    'RETRYABLE',
    'The connection was not established in time',
    'The receiver does not react to connections: check the address, and that its firewall admits Hookwatch’s addresses.',
  ),
  HOST_UNREACHABLE: entry(
    'RETRYABLE',
    'The receiver’s network could not be reached',
    'There is no way to the receiver’s network: check its address, and the routes and firewall where Hookwatch runs.',
  ),
  TLS_CERTIFICATE_EXPIRED: entry(
    'RETRYABLE',
    'The receiver’s certificate is not valid at this time',
    'The receiver’s TLS certificate has expired or is not valid yet: renew it, and check the clocks.',
  ),
  TLS_CERTIFICATE_UNTRUSTED: entry(
    'RETRYABLE',
    'The receiver’s certificate is not trusted',
    'The receiver’s TLS certificate is self-signed or lacks an intermediate: install one of a public authority, with its full chain.',
  ),
  TLS_HOSTNAME_MISMATCH: entry(
    'RETRYABLE',
    'The receiver’s certificate is for another host name',
    'The receiver’s TLS certificate does not name this host: use the name it was issued for, or have it issued for this one.',
  ),
  TLS_HANDSHAKE: entry(
    'RETRYABLE',
    'The TLS handshake failed',
    'No TLS connection could be agreed on: check that the port speaks HTTPS, with TLS 1.2 or later.',
  ),
  RESPONSE_TIMEOUT: entry(
    'RETRYABLE',
    'No reply came in time',
    'The receiver took the request and did not answer in time: let it answer first and work on the event afterwards.',
  ),
  RESPONSE_TOO_SLOW: entry(
    'RETRYABLE',
    'The reply did not end in time',
    'The receiver began its reply and did not finish it in time: let it send a short reply, or none.',
  ),
  RESPONSE_TOO_LARGE: entry(
    'RETRYABLE',
    'The reply is too large',
    'The receiver sends far more than an acknowledgement: check that the URL is an endpoint for webhooks, not a page or a file.',
  ),
  RESPONSE_MALFORMED: entry(
    'RETRYABLE',
    'The reply is not proper HTTP',
    'What answers there does not speak HTTP as it should: check the port, http against https, and any proxy.',
  ),
  REDIRECT: entry(
    'RETRYABLE',
    'The receiver redirects',
    'Redirects are not followed: enter the final address as the target URL.',
  ),
  HTTP_4XX: entry(
    'RETRYABLE',
    'The receiver rejected the request',
    'The receiver does not accept this request: check the URL’s path, the headers and the credentials.',
  ),
  HTTP_5XX: entry(
    'RETRYABLE',
    'The receiver failed',
    'The receiver, or a proxy before it, had an error: look into its log.',
  ),
  GONE: entry(
    'MISCONFIGURED',
    'The receiver answered 410 Gone',
    'The receiver says that this address is gone for good: enter its new URL, then switch the webhook on again.',
  ),
  HEC_REJECTED: entry(
    'MISCONFIGURED',
    'Splunk rejected the events',
    'Splunk’s HTTP Event Collector did not accept the events: check the token, and the index, source type and acknowledgement settings.',
  ),
  ACK_MISSING: entry(
    'MISCONFIGURED',
    'Splunk took the events and gave no number to ask for their acknowledgment',
    'Splunk acknowledges nothing for this token: switch indexer acknowledgment on for it in Splunk, or off here.',
  ),
  TARGET_BLOCKED: entry(
    'MISCONFIGURED',
    'The target is not allowed',
    'Webhooks may not reach this target: use a public address, or ask the operator of Hookwatch to allow it.',
  ),
  REQUEST_INVALID: entry(
    'MISCONFIGURED',
    'The request could not be built',
    'A header or the URL holds something that HTTP does not permit: correct it in the webhook’s settings.',
  ),
  FORMAT_FAILED: entry(
    'PERMANENT',
    'The event could not be formatted',
    'Hookwatch could not turn this event into a request: report it with the delivery’s id, other events go on.',
  ),
  OUT_OF_RESOURCES: entry(
    'RETRYABLE',
    'Hookwatch could not open a connection',
    'The machine Hookwatch runs on is out of file descriptors, ports or memory: its operator must raise the limits.',
  ),
  ABORTED: entry(
    'RETRYABLE',
    'Hookwatch was stopping',
    'The attempt was cut short because Hookwatch was stopping: it is sent again, nothing to do.',
  ),
  NETWORK_ERROR: entry(
    'RETRYABLE',
    'The request failed',
    'The network failed in an unusual way: see the attempt’s message, and ask the operator if it persists.',
  ),
} satisfies Record<string, ErrorClassEntry>;

/** Why an attempt failed: a stable code, stored and shown. */
export type ErrorClass = keyof typeof entries;

/** Every error class. */
export const errorClasses = Object.keys(entries) as ErrorClass[];

/** What a failure of this class means for the delivery, unless the provider's judgement of a reply says otherwise. */
export const outcomeFor = (errorClass: ErrorClass): FailureOutcome => entries[errorClass].outcome;

/** One sentence for the admin on what to do; `detail`, such as a redirect's Location, ends it. */
export const hintFor = (errorClass: ErrorClass, detail?: string): string =>
  detail === undefined
    ? entries[errorClass].hint
    : `${entries[errorClass].hint.replace(/\.$/, '')} (${detail}).`;

/** One sentence on what happened. */
export const summaryOf = (errorClass: ErrorClass, detail?: string): string =>
  `${entries[errorClass].summary}${detail === undefined ? '' : `: ${detail}`}.`;

const classOfCode = new Map<string, ErrorClass>(
  (
    [
      ['DNS_NOT_FOUND', 'ENOTFOUND ENODATA EAI_NODATA EAI_NONAME EBADNAME'],
      ['DNS_TEMPORARY', 'EAI_AGAIN EAI_FAIL ESERVFAIL EREFUSED ETIMEOUT EBADRESP ECANCELLED'],
      ['CONNECTION_REFUSED', 'ECONNREFUSED'],
      ['CONNECTION_RESET', 'ECONNRESET ECONNABORTED EPIPE ENOTCONN ERR_STREAM_PREMATURE_CLOSE'],
      ['CONNECT_TIMEOUT', 'ETIMEDOUT ERR_SOCKET_CONNECTION_TIMEOUT'],
      ['HOST_UNREACHABLE', 'EHOSTUNREACH ENETUNREACH EHOSTDOWN ENETDOWN EACCES EPERM'],
      ['OUT_OF_RESOURCES', 'EMFILE ENFILE ENOBUFS ENOMEM EADDRINUSE EADDRNOTAVAIL'],
      ['TLS_CERTIFICATE_EXPIRED', 'CERT_HAS_EXPIRED CERT_NOT_YET_VALID'],
      ['TLS_HOSTNAME_MISMATCH', 'ERR_TLS_CERT_ALTNAME_INVALID'],
      [
        'TLS_CERTIFICATE_UNTRUSTED',
        'DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_VERIFY_LEAF_SIGNATURE UNABLE_TO_GET_ISSUER_CERT ' +
          'UNABLE_TO_GET_ISSUER_CERT_LOCALLY CERT_UNTRUSTED CERT_REJECTED CERT_REVOKED CERT_SIGNATURE_FAILURE ' +
          'CERT_CHAIN_TOO_LONG INVALID_CA INVALID_PURPOSE PATH_LENGTH_EXCEEDED UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
      ],
      ['TLS_HANDSHAKE', 'EPROTO'],
      ['RESPONSE_TOO_LARGE', 'HPE_HEADER_OVERFLOW'],
      ['TARGET_BLOCKED', 'ERR_TARGET_BLOCKED'],
      [
        'REQUEST_INVALID',
        'ERR_INVALID_CHAR ERR_INVALID_HTTP_TOKEN ERR_HTTP_INVALID_HEADER_VALUE ERR_UNESCAPED_CHARACTERS ERR_INVALID_URL ' +
          'ERR_UNSUPPORTED_PROTOCOL ERR_HTTP_CONTENT_LENGTH_MISMATCH',
      ],
    ] as const
  ).flatMap(([errorClass, codes]) => codes.split(' ').map((code) => [code, errorClass] as const)),
);

/**
 * Classifies an error of Node's dns, net, tls and http modules by its `code`; anything unknown is `NETWORK_ERROR`.
 * A time-out without a phase counts as `CONNECT_TIMEOUT`; exchange.ts knows the phase and says better.
 */
export function classifyNetworkError(error: unknown): ErrorClass {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = classOfCode.get(code);
  if (known) return known;
  if (code.startsWith('HPE_')) return 'RESPONSE_MALFORMED';
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return 'TLS_HANDSHAKE';
  return 'NETWORK_ERROR';
}
