import { layersOf, withoutCutEscape, type Layer } from './escapes.js';
import type { ProviderSettings } from './providers/provider.js';

/** Replaces a webhook's secrets by shell variables such as `${SECRET_KEY}`, so that a log can be shown and pasted. */
export interface Scrubber {
  /** Any text that may echo a secret. */
  text(text: string): string;
  /** Text that was cut at its end, perhaps within a secret. */
  cutText(text: string): string;
  /** A header of a request of ours: the values that an admin set are secret whatever their length. */
  requestHeader(name: string, value: string): string;
}

/** Shorter values are too common to be looked for in what a receiver says. */
const MIN_ECHO_LENGTH = 6;
/** Of a secret that was cut, fewer characters may be seen. */
const MIN_BEGUN_LENGTH = 3;
const SECRET_KEY = '${SECRET_KEY}';
/** Headers are mostly those of the last request: so many short texts are remembered, with what was made of them. */
const MAX_REMEMBERED = 256;
const MAX_REMEMBERED_LENGTH = 256;

interface Secret {
  text: string;
  variable: string;
}

/** The shell variable that stands for a header's value: `X-Api-Key` → `${X_API_KEY}`. */
const variableOf = (name: string): string =>
  `\${${name
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '_')
    .replace(/^\d/, '_$&')}}`;

export function createScrubber(settings: ProviderSettings): Scrubber {
  const token = tokenOf(settings);
  const byHeader = new Map(settings.headers.map(({ name }) => [name.toLowerCase(), variableOf(name)]));
  const { text, cutText } = createReplacer(findSecrets(settings));
  return {
    text,
    cutText,
    requestHeader(name, value) {
      const variable = byHeader.get(name.toLowerCase());
      if (variable !== undefined) return variable;
      const endsWithToken = token !== '' && value.endsWith(` ${token}`);
      return endsWithToken ? value.slice(0, -token.length) + SECRET_KEY : text(value);
    },
  };
}

/** The secret key without the scheme that an admin may have pasted with it. */
const tokenOf = ({ secretKey }: ProviderSettings): string =>
  (secretKey ?? '').trim().replace(/^(?:Splunk\s+)+/i, '');

function findSecrets(settings: ProviderSettings): Secret[] {
  return [
    { text: tokenOf(settings), variable: SECRET_KEY },
    ...settings.headers.flatMap(({ name, value }) =>
      partsOf(value.trim()).map((text) => ({ text, variable: variableOf(name) })),
    ),
    ...settings.signingSecrets.map((secret) => ({
      text: secret.replace(/^whsec_/, ''),
      variable: '${SIGNING_SECRET}',
    })),
  ];
}

/** A header's value, its credentials without the scheme, and the password inside those of `Basic`. */
function partsOf(value: string): string[] {
  const credentials = value.replace(/^\S+\s+/, '');
  if (!/^basic\s/i.test(value)) return [value, credentials];
  const userAndPassword = Buffer.from(credentials, 'base64').toString();
  return [value, credentials, userAndPassword, userAndPassword.replace(/^[^:]*:/, '')];
}

/** A stretch of a text that a variable is to stand for. */
interface Found {
  from: number;
  to: number;
  variable: string;
}

/** All in one pass, the longest first: what stands for one secret is never taken for another. */
function createReplacer(secrets: readonly Secret[]): Pick<Scrubber, 'text' | 'cutText'> {
  const variables = new Map<string, string>();
  for (const { text, variable } of secrets)
    for (const spelling of spellingsOf(text))
      if (spelling.length >= MIN_ECHO_LENGTH && !variables.has(spelling)) variables.set(spelling, variable);
  if (variables.size === 0) return { text: (text) => text, cutText: (text) => text };
  const alternatives = [...variables.keys()].sort((a, b) => b.length - a.length).map(escapePattern);
  const pattern = new RegExp(alternatives.join('|'), 'g');

  const findWhole = ({ text, placeOf }: Layer): Found[] =>
    [...text.matchAll(pattern)].map(({ 0: found, index }) => ({
      from: placeOf(index),
      to: placeOf(index + found.length),
      variable: variables.get(found)!,
    }));
  const findBegun = ({ text, placeOf }: Layer): Found[] =>
    [text, withoutCutEscape(text)].flatMap((end) =>
      [...variables].flatMap(([spelling, variable]) => {
        const length = lengthOfBegun(end, spelling);
        return length < MIN_BEGUN_LENGTH
          ? []
          : [{ from: placeOf(end.length - length), to: placeOf(text.length), variable }];
      }),
    );

  return {
    text: remembering((whole) => replaceAll(whole, layersOf(whole).flatMap(findWhole))),
    cutText: (cut) =>
      replaceAll(
        cut,
        layersOf(cut).flatMap((layer) => [...findWhole(layer), ...findBegun(layer)]),
      ),
  };
}

function remembering(make: (text: string) => string): (text: string) => string {
  const made = new Map<string, string>();
  return (text) => {
    if (text.length < MIN_ECHO_LENGTH) return text;
    if (text.length > MAX_REMEMBERED_LENGTH) return make(text);
    let result = made.get(text);
    if (result === undefined) {
      result = make(text);
      if (made.size === MAX_REMEMBERED) made.clear();
      made.set(text, result);
    }
    return result;
  };
}

/** Puts the variables in; of stretches that overlap, the first and longest comes first. */
function replaceAll(text: string, found: Found[]): string {
  let replaced = '';
  let at = 0;
  for (const { from, to, variable } of found.sort((a, b) => a.from - b.from || b.to - a.to)) {
    if (to <= at) continue;
    replaced += text.slice(at, Math.max(at, from)) + variable;
    at = to;
  }
  return replaced + text.slice(at);
}

/** How many characters at the end of a text are the first ones of a spelling. */
function lengthOfBegun(text: string, spelling: string): number {
  for (let start = Math.max(0, text.length - spelling.length + 1); start < text.length; start += 1)
    if (text[start] === spelling[0] && spelling.startsWith(text.slice(start))) return text.length - start;
  return 0;
}

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** A receiver may echo a secret as it is, in a form, without its dashes, in base64, in hex or in other capitals. */
function spellingsOf(text: string): string[] {
  const base64 = Buffer.from(text).toString('base64').replace(/=+$/, '');
  const hex = Buffer.from(text).toString('hex');
  return [
    ...[text, text.replaceAll(' ', '+'), text.replaceAll('-', '')],
    ...[base64, ...[0, 1, 2].map((offset) => insideBase64(text, offset))].flatMap((spelling) => [
      spelling,
      spelling.replaceAll('+', '-').replaceAll('/', '_'),
    ]),
    ...[hex, hex.toUpperCase(), text.toUpperCase(), text.toLowerCase()],
  ];
}

/** What base64 makes of a text that stands in a longer one, so many bytes after a multiple of three. */
function insideBase64(text: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
  const whole = bytes.toString('base64').slice(0, Math.floor((bytes.length * 8) / 6));
  return whole.slice(Math.ceil((offset * 8) / 6));
}
