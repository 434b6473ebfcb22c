import { Field, Float, ObjectType } from 'type-graphql';
import type { Attempt } from '../storage/entities/attempt.js';

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

  @Field(() => String, { nullable: true, description: 'As text; of a reply the first 16 KiB.' })
  body!: string | null;

  @Field(() => Boolean, { description: 'Whether more followed than is kept.' })
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

export function requestOf(attempt: Attempt, eventBody: string | null): HttpMessage {
  const { pathname, search } = new URL(attempt.url);
  return {
    startLine: `POST ${pathname}${search} HTTP/1.1`,
    headers: toHeaders(attempt.requestHeaders),
    body: attempt.requestBody ?? eventBody,
    bodyTruncated: false,
  };
}

export function responseOf(attempt: Attempt): HttpMessage | null {
  if (attempt.responseLine === null) return null;
  return {
    startLine: attempt.responseLine,
    headers: toHeaders(attempt.responseHeaders ?? []),
    body: attempt.responseBody,
    bodyTruncated: attempt.responseTruncated,
  };
}

/** The request as a command for a POSIX shell, with variables for the secrets. */
export function curlOf(attempt: Attempt, eventBody: string | null): string {
  const headers = attempt.requestHeaders
    .filter(([name]) => !['content-length', 'host', 'connection'].includes(name.toLowerCase()))
    .map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`);
  const body = quote(attempt.requestBody ?? eventBody ?? '');
  return [`curl -X POST ${quote(attempt.url)}`, ...headers, `--data-binary ${body}`].join(' \\\n  ');
}

/** Single quotes take everything as it is; what stands for a secret steps outside of them. */
const quote = (text: string): string =>
  `'${text.replaceAll("'", `'\\''`).replace(/\$\{[A-Z0-9_]+\}/g, (variable) => `'"${variable}"'`)}'`;
