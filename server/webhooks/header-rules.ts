/** What is wrong with a header; `index` null: with the list as a whole. */
export interface HeaderError {
  index: number | null;
  field: 'name' | 'value' | null;
  code: 'REQUIRED' | 'INVALID' | 'TOO_LONG' | 'TOO_MANY' | 'DUPLICATE' | 'FORBIDDEN_HEADER';
  message: string;
}

const MAX_HEADERS = 32;
const MAX_NAME_BYTES = 128;
const MAX_VALUE_BYTES = 4096;
/** Of all names and values. */
const MAX_TOTAL_BYTES = 8192;

/** RFC 9110, 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;
const PRINTABLE = /^[\x20-\x7e]*$/;
/** No part of the value (RFC 9110, 5.5): it would arrive without them. */
const OUTER_SPACE = /^ | $/;

const FORBIDDEN = new Set([
  ...['host', 'connection', 'content-length', 'transfer-encoding', 'te', 'trailer', 'upgrade', 'keep-alive'],
  ...['expect', 'user-agent', 'content-type', 'content-encoding', 'accept-encoding', 'via', 'forwarded'],
  ...['metadata', 'metadata-flavor'],
  // `__proto__`, which as a key of an object is lost.
  '--proto--',
]);
const FORBIDDEN_PREFIX = /^(proxy-|x-forwarded-|sec-|x-amz-|x-goog-|webhook-|hookwatch-)/;

/**
 * Whether a header is Hookwatch's or HTTP's own, or would speak for a proxy or a cloud. An underscore counts as a
 * dash, as it does for CGI and WSGI receivers, which cannot tell `X_Forwarded_For` from the real one.
 */
export function isForbiddenHeader(name: string): boolean {
  const plain = name.toLowerCase().replaceAll('_', '-');
  return FORBIDDEN.has(plain) || FORBIDDEN_PREFIX.test(plain);
}

/** Checks the headers of a webhook; an empty answer means that they may be sent. */
export function checkHeaders(headers: ReadonlyArray<{ name: string; value: string }>): HeaderError[] {
  const errors = checkList(headers);
  const seen = new Set<string>();
  for (const [index, { name, value }] of headers.entries()) {
    const wrongName = checkName(name, seen);
    const wrongValue = checkValue(value);
    if (wrongName) errors.push({ index, field: 'name', ...wrongName });
    if (wrongValue) errors.push({ index, field: 'value', ...wrongValue });
    seen.add(name.toLowerCase());
  }
  return errors;
}

/** What of stored headers may be sent: the rules may have been others when they were saved. */
export const sendableHeaders = <T extends { name: string; value: string }>(headers: readonly T[]): T[] =>
  headers.filter((header) => checkHeaders([header]).length === 0);

function checkList(headers: ReadonlyArray<{ name: string; value: string }>): HeaderError[] {
  const errors: HeaderError[] = [];
  const wrong = (code: HeaderError['code'], message: string): unknown =>
    errors.push({ index: null, field: null, code, message });
  if (headers.length > MAX_HEADERS)
    wrong('TOO_MANY', `At most ${MAX_HEADERS} headers are sent; these are ${headers.length}.`);
  const totalBytes = headers.reduce((sum, { name, value }) => sum + bytesOf(name) + bytesOf(value), 0);
  if (totalBytes > MAX_TOTAL_BYTES)
    wrong(
      'TOO_LONG',
      `All headers together may have at most ${MAX_TOTAL_BYTES} bytes; these have ${totalBytes}.`,
    );
  return errors;
}

const bytesOf = (text: string): number => Buffer.byteLength(text);

type Wrong = Pick<HeaderError, 'code' | 'message'>;

function checkName(name: string, seen: ReadonlySet<string>): Wrong | null {
  if (name === '') return { code: 'REQUIRED', message: 'Enter the header’s name.' };
  if (bytesOf(name) > MAX_NAME_BYTES)
    return { code: 'TOO_LONG', message: `A name may have at most ${MAX_NAME_BYTES} bytes.` };
  if (!TOKEN.test(name))
    return {
      code: 'INVALID',
      message: "A header’s name has only letters, digits and -!#$%&'*+.^_`|~, and no spaces.",
    };
  if (isForbiddenHeader(name))
    return { code: 'FORBIDDEN_HEADER', message: `${name} is set by Hookwatch or by HTTP itself.` };
  if (seen.has(name.toLowerCase()))
    return { code: 'DUPLICATE', message: `${name} stands here twice; capitals make no difference.` };
  return null;
}

function checkValue(value: string): Wrong | null {
  if (value === '') return { code: 'REQUIRED', message: 'Enter the header’s value.' };
  if (bytesOf(value) > MAX_VALUE_BYTES)
    return { code: 'TOO_LONG', message: `A value may have at most ${MAX_VALUE_BYTES} bytes.` };
  if (!PRINTABLE.test(value))
    return { code: 'INVALID', message: 'A value has only printable ASCII characters, and no line breaks.' };
  if (OUTER_SPACE.test(value))
    return { code: 'INVALID', message: 'A value has no spaces before or after it: remove them.' };
  return null;
}
