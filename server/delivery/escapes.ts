/** A text as it is read once escapes are taken off. */
export interface Layer {
  text: string;
  /** Where in the whole text a character of this one begins; for its length, the end. */
  placeOf(index: number): number;
}

/** An escape within an escape within an escape, such as JSON in JSON in a URL. */
const MAX_ESCAPES = 3;

/** Of URLs, HTML and JSON or programs; and the zeros that stand between the letters of UTF-16. */
const ESCAPE =
  /%([\da-f]{2})|&(?:#x0*([\da-f]{1,4})|#0*(\d{1,5})|(lt|gt|amp|quot|apos));|\\(?:u([\da-f]{4})|x([\da-f]{2})|(["'\\/]))|\0/gi;
/** What every escape has, so that most texts need no closer look. */
const SIGN = /[%&\\\0]/;
/** The beginning of one, at the end of a text that was cut. */
const CUT_ESCAPE = /(?:%[\da-f]?|&(?:#?\d*|#x[\da-f]*|[a-z]{1,4})|\\(?:u[\da-f]{0,3}|x[\da-f]?)?)$/i;

const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The text itself, then with each layer of escapes taken off, as long as there are any. */
export function layersOf(text: string): Layer[] {
  const layers: Layer[] = [{ text, placeOf: (index) => index }];
  while (layers.length <= MAX_ESCAPES) {
    const outer = layers.at(-1)!;
    const inner = unescape(outer.text);
    if (!inner) break;
    layers.push({ text: inner.text, placeOf: (index) => outer.placeOf(inner.places[index]!) });
  }
  return layers;
}

/** A text without the escape that a cut may have gone through. */
export const withoutCutEscape = (text: string): string => text.replace(CUT_ESCAPE, '');

/** Takes one layer of escapes off; null: there is none. */
function unescape(text: string): { text: string; places: Uint32Array } | null {
  if (!SIGN.test(text)) return null;
  const parts: string[] = [];
  const places = new Uint32Array(text.length + 1);
  let length = 0;
  let at = 0;
  const take = (part: string, step: 0 | 1): void => {
    parts.push(part);
    for (let i = 0; i < part.length; i += 1) places[length++] = at + i * step;
  };
  for (const match of text.matchAll(ESCAPE)) {
    take(text.slice(at, match.index), 1);
    at = match.index;
    take(meaningOf(match), 0);
    at += match[0].length;
  }
  if (at === 0) return null;
  take(text.slice(at), 1);
  places[length] = text.length;
  return { text: parts.join(''), places };
}

/** The character that an escape stands for; none for a zero. */
function meaningOf([, url, hex, decimal, name, json, program, itself]: RegExpMatchArray): string {
  if (name !== undefined) return NAMED[name.toLowerCase()]!;
  if (decimal !== undefined) return String.fromCharCode(Number(decimal));
  const code = url ?? hex ?? json ?? program;
  return code === undefined ? (itself ?? '') : String.fromCharCode(parseInt(code, 16));
}
