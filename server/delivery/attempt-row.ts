import type { SqlValue } from '../storage/bulk.js';
import { Attempt, type AttemptOutcome } from '../storage/entities/attempt.js';
import type { AttemptTrigger } from '../storage/entities/delivery.js';
import type { EventType } from '../events/event-types.js';
import type { Exchange } from './exchange.js';
import type { Judgement } from './providers/provider.js';
import type { Target } from './targets.js';

/** What an attempt belongs to. */
export interface AttemptSubject {
  deliveryId: string | null;
  accountId: string;
  eventType: EventType;
  number: number;
  trigger: AttemptTrigger;
  /** The event's body, which need not be stored again when it was sent as it is; null for a test. */
  eventBody: string | null;
}

/** Makes the log's entry of one request, its secrets scrubbed; its id comes when it is recorded. */
export function toAttempt(
  subject: AttemptSubject,
  target: Target,
  exchange: Exchange,
  judgement: Judgement,
): Attempt {
  const { request, reply, timings } = exchange;
  const { scrub } = target;
  const body = request.body.toString();
  return Object.assign(new Attempt(), {
    deliveryId: subject.deliveryId,
    webhookId: target.webhookId,
    accountId: subject.accountId,
    ownerId: target.ownerId,
    eventType: subject.eventType,
    number: subject.number,
    trigger: subject.trigger,
    outcome: judgement.outcome,
    startedAt: exchange.startedAt,
    ...timings,
    httpStatus: reply?.status ?? null,
    hecCode: judgement.hecCode,
    errorClass: judgement.errorClass,
    hint: judgement.hint,
    peerAddress: exchange.peerAddress,
    tlsVersion: exchange.tlsVersion,
    nextAttemptAt: null,
    url: scrub.text(request.url),
    requestHeaders: Object.entries(request.headers).map(([name, value]) => [
      name,
      scrub.requestHeader(name, value),
    ]),
    requestBody: body === subject.eventBody ? null : scrub.text(body),
    responseLine:
      reply && scrub.text(`HTTP/${reply.httpVersion} ${reply.status} ${reply.statusText}`.trimEnd()),
    responseHeaders: reply && reply.headers.map(({ name, value }) => [name, scrub.text(value)]),
    responseBody: reply && scrub.text(reply.body),
    responseTruncated: reply?.bodyTruncated ?? false,
  });
}

/** The outcomes that people call a failure. */
export const failed = (outcome: AttemptOutcome): boolean => outcome !== 'SUCCEEDED';

/** The columns of `attempts`, in the order of `attemptRow`. */
export const ATTEMPT_COLUMNS = [
  ...[
    'id',
    'delivery_id',
    'webhook_id',
    'account_id',
    'owner_id',
    'event_type',
    'number',
    'trigger_kind',
    'outcome',
  ],
  ...['started_at', 'dns_ms', 'connect_ms', 'tls_ms', 'first_byte_ms', 'total_ms', 'http_status', 'hec_code'],
  ...['error_class', 'hint', 'peer_address', 'tls_version', 'next_attempt_at', 'url', 'request_headers'],
  ...['request_body', 'response_line', 'response_headers', 'response_body', 'response_truncated'],
];

export const attemptRow = (attempt: Attempt): SqlValue[] => [
  attempt.id,
  attempt.deliveryId,
  attempt.webhookId,
  attempt.accountId,
  attempt.ownerId,
  attempt.eventType,
  attempt.number,
  attempt.trigger,
  attempt.outcome,
  attempt.startedAt.getTime(),
  attempt.dnsMs,
  attempt.connectMs,
  attempt.tlsMs,
  attempt.firstByteMs,
  attempt.totalMs,
  attempt.httpStatus,
  attempt.hecCode,
  attempt.errorClass,
  attempt.hint,
  attempt.peerAddress,
  attempt.tlsVersion,
  attempt.nextAttemptAt?.getTime() ?? null,
  attempt.url,
  JSON.stringify(attempt.requestHeaders),
  attempt.requestBody,
  attempt.responseLine,
  attempt.responseHeaders && JSON.stringify(attempt.responseHeaders),
  attempt.responseBody,
  attempt.responseTruncated ? 1 : 0,
];
