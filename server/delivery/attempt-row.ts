import type { SqlValue } from '../storage/bulk.js';
import type { Attempt, AttemptOutcome } from '../storage/entities/attempt.js';
import type { AttemptTrigger } from '../storage/entities/delivery.js';
import type { EventType } from '../events/event-types.js';
import type { Exchange } from './exchange.js';
import type { Judgement } from './providers/provider.js';
import type { Target } from './target.js';
import { sentBody, toSharedWireLog, toWireLog, type SharedWireLog, type WireLog } from './wire-log.js';

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

/** An attempt that is not stored yet, as plain data; its id comes when it is. */
export interface NewAttempt extends Omit<Attempt, 'id' | 'unsavedWebhook'> {
  /** What it shares with the other attempts of its batch; null: it was alone in its request, or another brings it. */
  sharedRequest: SharedWireLog | null;
}

/** Makes the log's entry of one request that was a subject's alone, its secrets scrubbed. */
export const toAttempt = (
  subject: AttemptSubject,
  target: Target,
  exchange: Exchange,
  judgement: Judgement,
): NewAttempt =>
  describeAttempt(subject, target, exchange, judgement, {
    ...toWireLog(exchange, target.scrub),
    requestBody: exchange.request.body === subject.eventBody ? null : sentBody(exchange, target.scrub),
    sharedRequestId: null,
    sharedRequest: null,
  });

/** Makes the log's entries of one request that carried several subjects; `judgementOf` is asked for each. */
export function toAttempts(
  subjects: readonly AttemptSubject[],
  target: Target,
  exchange: Exchange,
  judgementOf: (index: number) => Judgement,
): NewAttempt[] {
  const [alone] = subjects;
  if (alone && subjects.length === 1) return [toAttempt(alone, target, exchange, judgementOf(0))];
  const sharedRequest = toSharedWireLog(exchange, target.scrub, subjects.length);
  const wire: Wire = {
    ...{ url: null, requestHeaders: null, requestBody: null },
    ...{ responseLine: null, responseHeaders: null, responseBody: null, responseTruncated: false },
    ...{ sharedRequestId: sharedRequest.id, sharedRequest },
  };
  return subjects.map((subject, index) =>
    describeAttempt(subject, target, exchange, judgementOf(index), wire),
  );
}

/** What went over the wire, or where that is. */
type Wire = Pick<NewAttempt, keyof WireLog | 'sharedRequestId' | 'sharedRequest'>;

/** Field by field: put together from parts, thousands of these a second would cost several times as much. */
const describeAttempt = (
  subject: AttemptSubject,
  target: Target,
  { startedAt, timings, reply, peerAddress, tlsVersion }: Exchange,
  judgement: Judgement,
  wire: Wire,
): NewAttempt => ({
  deliveryId: subject.deliveryId,
  webhookId: target.webhookId,
  accountId: subject.accountId,
  ownerId: target.ownerId,
  eventType: subject.eventType,
  number: subject.number,
  trigger: subject.trigger,
  outcome: judgement.outcome,
  startedAt,
  dnsMs: timings.dnsMs,
  connectMs: timings.connectMs,
  tlsMs: timings.tlsMs,
  firstByteMs: timings.firstByteMs,
  totalMs: timings.totalMs,
  httpStatus: reply?.status ?? null,
  hecCode: judgement.hecCode,
  errorClass: judgement.errorClass,
  hint: judgement.hint,
  peerAddress,
  tlsVersion,
  nextAttemptAt: null,
  sharedRequestId: wire.sharedRequestId,
  sharedRequest: wire.sharedRequest,
  url: wire.url,
  requestHeaders: wire.requestHeaders,
  requestBody: wire.requestBody,
  responseLine: wire.responseLine,
  responseHeaders: wire.responseHeaders,
  responseBody: wire.responseBody,
  responseTruncated: wire.responseTruncated,
});

/** The outcomes that people call a failure. */
export const failed = (outcome: AttemptOutcome): boolean => outcome !== 'SUCCEEDED';

/** The columns of `attempts`, in the order of `attemptRow`. */
export const ATTEMPT_COLUMNS = [
  ...['id', 'delivery_id', 'webhook_id', 'account_id', 'owner_id', 'event_type', 'number', 'trigger_kind'],
  ...['outcome', 'started_at', 'dns_ms', 'connect_ms', 'tls_ms', 'first_byte_ms', 'total_ms', 'http_status'],
  ...['hec_code', 'error_class', 'hint', 'peer_address', 'tls_version', 'next_attempt_at'],
  ...['shared_request_id', 'url', 'request_headers', 'request_body'],
  ...['response_line', 'response_headers', 'response_body', 'response_truncated'],
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
  attempt.sharedRequestId,
  attempt.url,
  attempt.requestHeaders && JSON.stringify(attempt.requestHeaders),
  attempt.requestBody,
  attempt.responseLine,
  attempt.responseHeaders && JSON.stringify(attempt.responseHeaders),
  attempt.responseBody,
  attempt.responseTruncated ? 1 : 0,
];
