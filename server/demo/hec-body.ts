/** An event as Splunk indexes it; what is absent is the token's own. */
export interface HecEvent {
  /** Seconds since 1970. */
  time?: number | string;
  host?: string;
  source?: string;
  sourcetype?: string;
  index?: string;
  fields?: Record<string, unknown>;
  event: unknown;
}

/** What is wrong with the first event that cannot be indexed, by Splunk's reply code. */
export interface HecProblem {
  code: 5 | 6 | 7 | 12 | 13 | 15;
  /** Which event of the body, from 0; absent where there is none. */
  position?: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * Reads a body of concatenated JSON objects, with or without white space between them. As in Splunk, the events before
 * the first bad one are indexed, and nothing after it.
 */
export function readHecBody(
  body: string,
  allowsIndex: (index: string) => boolean,
): { events: HecEvent[]; problem: HecProblem | null } {
  const events: HecEvent[] = [];
  for (let start = skipSpace(body, 0); start < body.length;) {
    const end = endOfObject(body, start);
    const envelope = parseObject(body.slice(start, end));
    const code = envelope ? codeAgainst(envelope, allowsIndex) : 6;
    if (code !== null) return { events, problem: { code, position: events.length } };
    events.push(envelope as HecEvent);
    start = skipSpace(body, end);
  }
  return { events, problem: events.length === 0 ? { code: 5 } : null };
}

function codeAgainst(
  { event, fields, index }: Partial<HecEvent>,
  allowsIndex: (index: string) => boolean,
): HecProblem['code'] | null {
  if (event === undefined || event === null) return 12;
  if (event === '') return 13;
  if (fields !== undefined && !areFlat(fields)) return 15;
  return index !== undefined && !allowsIndex(index) ? 7 : null;
}

/** Indexed fields are strings and numbers, or lists of them. */
const areFlat = (fields: unknown): boolean =>
  typeof fields === 'object' &&
  fields !== null &&
  Object.values(fields)
    .flat()
    .every((value) => ['string', 'number', 'boolean'].includes(typeof value));

function parseObject(text: string): Partial<HecEvent> | null {
  if (!text.startsWith('{')) return null;
  try {
    return JSON.parse(text) as Partial<HecEvent>;
  } catch {
    return null;
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  return at;
}

/** Where the object that begins at `start` ends; the end of the text when it has no end. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === OPEN) depth += 1;
    else if (code === CLOSE && (depth -= 1) === 0) return at + 1;
  }
  return text.length;
}
