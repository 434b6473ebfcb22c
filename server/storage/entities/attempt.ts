import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Entity } from 'typeorm';
import { EventType } from '../../events/event-types.js';
import {
  BooleanColumn,
  FloatColumn,
  IdColumn,
  IntegerColumn,
  JsonColumn,
  LongTextColumn,
  TextColumn,
  TimeColumn,
} from '../columns.js';
import { AttemptTrigger } from './delivery.js';
import { Node } from './node.js';
import type { Webhook } from './webhook.js';

export const AttemptOutcome = {
  SUCCEEDED: 'SUCCEEDED',
  RETRYABLE: 'RETRYABLE',
  MISCONFIGURED: 'MISCONFIGURED',
  PERMANENT: 'PERMANENT',
} as const;
export type AttemptOutcome = (typeof AttemptOutcome)[keyof typeof AttemptOutcome];
registerEnumType(AttemptOutcome, {
  name: 'AttemptOutcome',
  description: 'What one request came to.',
  valuesConfig: {
    SUCCEEDED: { description: 'The receiver acknowledged it.' },
    RETRYABLE: { description: 'It failed in a way that may pass; the schedule goes on.' },
    MISCONFIGURED: { description: 'It cannot work until a person changes the webhook; the queue is held.' },
    PERMANENT: { description: 'The receiver can never accept this payload.' },
  },
});

@ObjectType({
  implements: Node,
  description: 'One HTTP request of a delivery or a test, and what came of it.',
})
@Entity('attempts')
export class Attempt extends Node {
  /** null for a test. */
  @IdColumn('delivery_id', { nullable: true })
  deliveryId!: string | null;

  @IdColumn('webhook_id')
  webhookId!: string;

  /** The event's account. */
  @IdColumn('account_id')
  accountId!: string;

  /** The webhook's account: decides who may see the attempt. */
  @IdColumn('owner_id')
  ownerId!: string;

  @Field(() => EventType, { description: 'The type of the event that was sent.' })
  @TextColumn('event_type')
  eventType!: EventType;

  @Field(() => Int, { description: '1 for the first request of a delivery, then counting.' })
  @IntegerColumn('number')
  number!: number;

  @Field(() => AttemptTrigger, { description: 'Why the request was sent.' })
  @TextColumn('trigger_kind')
  trigger!: AttemptTrigger;

  @Field(() => AttemptOutcome, { description: 'What the request came to.' })
  @TextColumn('outcome')
  outcome!: AttemptOutcome;

  @Field(() => Date, { description: 'When the request was started.' })
  @TimeColumn('started_at')
  startedAt!: Date;

  @FloatColumn('dns_ms', { nullable: true })
  dnsMs!: number | null;

  @FloatColumn('connect_ms', { nullable: true })
  connectMs!: number | null;

  @FloatColumn('tls_ms', { nullable: true })
  tlsMs!: number | null;

  @FloatColumn('first_byte_ms', { nullable: true })
  firstByteMs!: number | null;

  @FloatColumn('total_ms')
  totalMs!: number;

  @Field(() => Int, { nullable: true, description: 'The HTTP status; null when no reply came.' })
  @IntegerColumn('http_status', { nullable: true })
  httpStatus!: number | null;

  @Field(() => Int, { nullable: true, description: 'Splunk’s own reply code; null for other receivers.' })
  @IntegerColumn('hec_code', { nullable: true })
  hecCode!: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why it failed, such as CONNECTION_REFUSED; null on success.',
  })
  @TextColumn('error_class', { nullable: true })
  errorClass!: string | null;

  @Field(() => String, { nullable: true, description: 'What to do about it, one sentence.' })
  @LongTextColumn('hint', { nullable: true })
  hint!: string | null;

  @Field(() => String, { nullable: true, description: 'The address that was dialled.' })
  @TextColumn('peer_address', { nullable: true })
  peerAddress!: string | null;

  @Field(() => String, { nullable: true, description: 'Such as TLSv1.3; null without TLS.' })
  @TextColumn('tls_version', { nullable: true })
  tlsVersion!: string | null;

  @Field(() => Date, { nullable: true, description: 'When the next attempt is due; null when none follows.' })
  @TimeColumn('next_attempt_at', { nullable: true })
  nextAttemptAt!: Date | null;

  /** The batch that the delivery went out with; then what went over the wire stands there, not here. */
  @IdColumn('shared_request_id', { nullable: true })
  sharedRequestId!: string | null;

  @LongTextColumn('url', { nullable: true })
  url!: string | null;

  /** Secrets are replaced by shell variables. */
  @JsonColumn('request_headers', { nullable: true })
  requestHeaders!: Array<[name: string, value: string]> | null;

  /** null: the event's body, byte for byte, unless it went out in a batch. */
  @LongTextColumn('request_body', { nullable: true })
  requestBody!: string | null;

  /** `HTTP/1.1 200 OK`; null when no reply came. */
  @LongTextColumn('response_line', { nullable: true })
  responseLine!: string | null;

  @JsonColumn('response_headers', { nullable: true })
  responseHeaders!: Array<[name: string, value: string]> | null;

  /** At most 16 KiB. */
  @LongTextColumn('response_body', { nullable: true })
  responseBody!: string | null;

  @BooleanColumn('response_truncated')
  responseTruncated!: boolean;

  /** Of a test of values that were never saved: the webhook as it was tried; not stored. */
  unsavedWebhook?: Webhook;
}
