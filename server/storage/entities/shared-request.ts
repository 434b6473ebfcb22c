import { Entity } from 'typeorm';
import {
  BooleanColumn,
  BytesColumn,
  IntegerColumn,
  JsonColumn,
  LongTextColumn,
  PrimaryIdColumn,
} from '../columns.js';

/** A request that carried several deliveries, with its reply: stored once for all of their attempts. */
@Entity('shared_requests')
export class SharedRequest {
  @PrimaryIdColumn()
  id!: string;

  @IntegerColumn('event_count')
  eventCount!: number;

  /** Attempts that are still kept; with the last one this goes too. */
  @IntegerColumn('attempts_left')
  attemptsLeft!: number;

  @LongTextColumn('url')
  url!: string;

  /** Secrets are replaced by shell variables. */
  @JsonColumn('request_headers')
  requestHeaders!: Array<[name: string, value: string]>;

  /** As it was before any compression on the wire, one event a line; as gzip. */
  @BytesColumn('packed_body')
  packedBody!: Buffer;

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
}
