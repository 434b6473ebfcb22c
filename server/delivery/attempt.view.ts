import { Field, Float, ObjectType } from 'type-graphql';
import { CountedBody } from '../scalars.js';
import type { Attempt } from '../storage/entities/attempt.js';
import type { WireLog } from './wire-log.js';

@ObjectType({ description: 'How long each phase took; null: not reached, or the connection was reused.' })
export class AttemptTimings {
  @Field(() => Float, { nullable: true, description: 'Looking up the name, in milliseconds.' })
  dnsMs!: number | null;

  @Field(() => Float, { nullable: true, description: 'Connecting, in milliseconds.' })
  connectMs!: number | null;

  @Field(() => Float, { nullable: true, description: 'The TLS handshake, in milliseconds.' })
  tlsMs!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'From the request to the first byte of the reply, in milliseconds.',
  })
  firstByteMs!: number | null;

  @Field(() => Float, { description: 'All of it, in milliseconds.' })
  totalMs!: number;
}

@ObjectType({ description: 'A header as it was sent or received.' })
export class HttpHeader {
  @Field(() => String, { description: 'As written.' })
  name!: string;

  @Field(() => String, { description: 'As written; secrets are replaced by shell variables.' })
  value!: string;
}

@ObjectType({ description: 'A request or a reply, secrets replaced by shell variables.' })
export class HttpMessage {
  @Field(() => String, { description: 'Request line or status line.' })
  startLine!: string;

  @Field(() => [HttpHeader], { description: 'In order.' })
  headers!: HttpHeader[];

  @Field(() => String, {
    nullable: true,
    description:
      'As text, before any compression; of a batch the line of this delivery, of a reply the first 16 KiB.',
  })
  @CountedBody()
  body!: string | null;

  @Field(() => Boolean, { description: 'Whether there was more than is shown.' })
  bodyTruncated!: boolean;
}

const toHeaders = (pairs: Array<[string, string]>): HttpHeader[] =>
  pairs.map(([name, value]) => ({ name, value }));

export const timingsOf = ({ dnsMs, connectMs, tlsMs, firstByteMs, totalMs }: Attempt): AttemptTimings => ({
  dnsMs,
  connectMs,
  tlsMs,
  firstByteMs,
  totalMs,
});

export function requestOf({ url, requestHeaders, requestBody }: WireLog, batchSize: number): HttpMessage {
  const { pathname, search } = new URL(url);
  return {
    startLine: `POST ${pathname}${search} HTTP/1.1`,
    headers: toHeaders(requestHeaders),
    body: requestBody,
    bodyTruncated: batchSize > 1,
  };
}

export function responseOf(wire: WireLog): HttpMessage | null {
  if (wire.responseLine === null) return null;
  return {
    startLine: wire.responseLine,
    headers: toHeaders(wire.responseHeaders ?? []),
    body: wire.responseBody,
    bodyTruncated: wire.responseTruncated,
  };
}

const NOT_FOR_CURL = new Set(['content-length', 'content-encoding', 'host', 'connection']);

/** The request as a command for a POSIX shell, with variables for the secrets; of a batch with this delivery alone. */
export function curlOf({ url, requestHeaders, requestBody }: WireLog): string {
  const headers = requestHeaders
    .filter(([name]) => !NOT_FOR_CURL.has(name.toLowerCase()))
    .map(([name, value]) => `-H ${quoteHeader(`${name}: ${value}`)}`);
  return [`curl --globoff -X POST ${quote(url)}`, ...headers, `--data-binary ${quote(requestBody)}`].join(
    ' \\\n  ',
  );
}

/** Single quotes take everything as it is. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * What stands for a secret steps outside of the quotes. Only in headers: in a body, whoever made the event could name
 * any variable of the shell that the command is pasted into.
 */
const quoteHeader = (text: string): string =>
  quote(text).replace(/\$\{[A-Z0-9_]+\}/g, (variable) => `'"${variable}"'`);
