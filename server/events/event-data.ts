/** What is wrong with a publisher's `data`; the path leads into it. */
export interface DataError {
  path: string[];
  code: 'REQUIRED' | 'INVALID' | 'TOO_LONG';
  message: string;
}

const MAX_DEPTH = 32;
const MAX_BYTES = 256 * 1024;

/**
 * Finds what keeps `data` from being stored as the text its publisher meant, whatever its type of event: numbers that
 * parsing has changed (RFC 8259, 6), objects and lists nested more than 32 levels deep, more than 256 KiB of JSON.
 * null: nothing.
 */
export function findDataError(data: unknown): DataError | null {
  const path: string[] = [];
  const message = findUnfaithful(data, path);
  if (message !== null) return { path, code: 'INVALID', message: `${path.join('.') || 'data'} ${message}.` };
  const bytes = Buffer.byteLength(JSON.stringify(data) ?? '');
  if (bytes <= MAX_BYTES) return null;
  return {
    path: [],
    code: 'TOO_LONG',
    message: `data has ${bytes} bytes of JSON; at most ${MAX_BYTES} are taken.`,
  };
}

/** Stops at the first value that is wrong, with `path` leading to it. */
function findUnfaithful(value: unknown, path: string[]): string | null {
  if (typeof value === 'number') return describeNumber(value);
  if (typeof value !== 'object' || value === null) return null;
  if (path.length >= MAX_DEPTH) return `is nested more than ${MAX_DEPTH} levels deep`;
  for (const key of Object.keys(value)) {
    path.push(key);
    const message = findUnfaithful((value as Record<string, unknown>)[key], path);
    if (message !== null) return message;
    path.pop();
  }
  return null;
}

function describeNumber(value: number): string | null {
  if (!Number.isFinite(value)) return 'is too large for a number';
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? 'is too large to be exact as a number: send it as text'
    : null;
}
