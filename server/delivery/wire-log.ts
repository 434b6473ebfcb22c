import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import type { SqlValue } from '../storage/bulk.js';
import type { SharedRequest } from '../storage/entities/shared-request.js';
import { createId } from '../storage/ids.js';
import type { Exchange } from './exchange.js';
import type { Scrubber } from './scrubber.js';

/** What went over the wire in one exchange, secrets scrubbed. */
export interface WireLog {
  url: string;
  requestHeaders: Array<[name: string, value: string]>;
  /** As it was before any compression. */
  requestBody: string;
  responseLine: string | null;
  responseHeaders: Array<[name: string, value: string]> | null;
  responseBody: string | null;
  responseTruncated: boolean;
}

/** A wire log that the attempts of a batch share, not stored yet. */
export interface SharedWireLog extends WireLog {
  id: string;
  eventCount: number;
}

/** Makes the log of an exchange, all but the body that was sent. */
export function toWireLog({ request, reply }: Exchange, scrub: Scrubber): Omit<WireLog, 'requestBody'> {
  return {
    url: scrub.text(request.url),
    requestHeaders: Object.entries(request.headers).map(([name, value]) => [
      name,
      scrub.requestHeader(name, value),
    ]),
    responseLine:
      reply && scrub.text(`HTTP/${reply.httpVersion} ${reply.status} ${reply.statusText}`.trimEnd()),
    responseHeaders: reply && reply.headers.map(({ name, value }) => [scrub.text(name), scrub.text(value)]),
    responseBody: reply && (reply.bodyTruncated ? scrub.cutText(reply.body) : scrub.text(reply.body)),
    responseTruncated: reply?.bodyTruncated ?? false,
  };
}

/** The body that was sent, as it was before any compression. */
export const sentBody = ({ request }: Exchange, scrub: Scrubber): string =>
  scrub.text(request.unpackedBody ?? request.body.toString());

/** Makes the log of an exchange that carried several events. */
export const toSharedWireLog = (exchange: Exchange, scrub: Scrubber, eventCount: number): SharedWireLog => ({
  ...toWireLog(exchange, scrub),
  requestBody: sentBody(exchange, scrub),
  id: createId('req'),
  eventCount,
});

const pack = promisify<string, { level: number }, Buffer>(gzip);
const unpack = promisify<Buffer, Buffer>(gunzip);

/** The columns of `shared_requests`, in the order of `sharedRequestRow`. */
export const SHARED_REQUEST_COLUMNS = [
  ...['id', 'event_count', 'attempts_left', 'url', 'request_headers', 'packed_body'],
  ...['response_line', 'response_headers', 'response_body', 'response_truncated'],
];

export const sharedRequestRow = async (log: SharedWireLog): Promise<SqlValue[]> => [
  log.id,
  log.eventCount,
  log.eventCount,
  log.url,
  JSON.stringify(log.requestHeaders),
  await pack(log.requestBody, { level: constants.Z_BEST_SPEED }),
  log.responseLine,
  log.responseHeaders && JSON.stringify(log.responseHeaders),
  log.responseBody,
  log.responseTruncated ? 1 : 0,
];

/** Of a stored batch what one delivery's attempt shows: of the body the line that names the delivery. */
export async function unpackWireLog(shared: SharedRequest, deliveryId: string): Promise<WireLog> {
  const lines = (await unpack(shared.packedBody)).toString().split('\n');
  return { ...shared, requestBody: lines.find((line) => line.includes(deliveryId)) ?? '' };
}
