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
const MAX_TOTAL_BYTES = 8192;

/** RFC 9110, 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;
const PRINTABLE = /^[\x20-\x7e]*$/;

const FORBIDDEN = new Set([
  ...[
    'host',
    'connection',
    'content-length',
    'transfer-encoding',
    'te',
    'trailer',
    'upgrade',
    'keep-alive',
    'expect',
  ],
  ...['user-agent', 'content-type', 'content-encoding', 'accept-encoding', 'via', 'forwarded', 'metadata'],
  ...['metadata-flavor'],
]);
const FORBIDDEN_PREFIX = /^(proxy-|x-forwarded-|sec-|x-amz-|x-goog-|webhook-|hookwatch-)/;

/** Whether a header is Hookwatch's or HTTP's own, or would speak for a proxy or a cloud. */
export const isForbiddenHeader = (name: string): boolean =>
  FORBIDDEN.has(name.toLowerCase()) || FORBIDDEN_PREFIX.test(name.toLowerCase());

/** Checks the headers of a webhook; an empty answer means that they may be sent. */
export function checkHeaders(headers: ReadonlyArray<{ name: string; value: string }>): HeaderError[] {
  const errors: HeaderError[] = [];
  if (headers.length > MAX_HEADERS)
    errors.push({
      index: null,
      field: null,
      code: 'TOO_MANY',
      message: `At most ${MAX_HEADERS} headers are sent; these are ${headers.length}.`,
    });
  const totalBytes = headers.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
  if (totalBytes > MAX_TOTAL_BYTES)
    errors.push({
      index: null,
      field: null,
      code: 'TOO_LONG',
      message: `All headers together may have at most ${MAX_TOTAL_BYTES} bytes.`,
    });
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

type Wrong = Pick<HeaderError, 'code' | 'message'>;

function checkName(name: string, seen: ReadonlySet<string>): Wrong | null {
  if (name === '') return { code: 'REQUIRED', message: 'Enter the header’s name.' };
  if (name.length > MAX_NAME_BYTES)
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
  if (value.length > MAX_VALUE_BYTES)
    return { code: 'TOO_LONG', message: `A value may have at most ${MAX_VALUE_BYTES} bytes.` };
  if (!PRINTABLE.test(value))
    return { code: 'INVALID', message: 'A value has only printable ASCII characters, and no line breaks.' };
  return null;
}
