import type { ProviderSettings } from './providers/provider.js';

/** Replaces a webhook's secrets by shell variables such as `${SECRET_KEY}`, so that a log can be shown and pasted. */
export interface Scrubber {
  /** Any text that may echo a secret. */
  text(text: string): string;
  /** A header of a request of ours: the values that an admin set are secret whatever their length. */
  requestHeader(name: string, value: string): string;
}

/** Shorter values are too common to be looked for in what a receiver says. */
const MIN_ECHO_LENGTH = 6;
const SECRET_KEY = '${SECRET_KEY}';

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
  const text = createReplacer(findSecrets(settings));
  return {
    text,
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

/** All in one pass, the longest first: what stands for one secret is never taken for another. */
function createReplacer(secrets: readonly Secret[]): Scrubber['text'] {
  const variables = new Map<string, string>();
  for (const { text, variable } of secrets)
    for (const spelling of spellingsOf(text))
      if (spelling.length >= MIN_ECHO_LENGTH && !variables.has(spelling)) variables.set(spelling, variable);
  if (variables.size === 0) return (text) => text;
  const alternatives = [...variables.keys()].sort((a, b) => b.length - a.length).map(escapePattern);
  const pattern = new RegExp(alternatives.join('|'), 'g');
  return (text) => text.replace(pattern, (found) => variables.get(found)!);
}

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** A receiver may echo a secret as it is, in JSON, in a URL, in HTML or in base64. */
function spellingsOf(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const url = encodeURIComponent(text);
  const base64 = Buffer.from(text).toString('base64').replace(/=+$/, '');
  return [
    ...[text, json, url, base64],
    // The encoders of PHP, of Go and Ruby, and of .NET.
    json.replaceAll('/', '\\/'),
    json.replace(/[<>&]/g, unicodeEscape),
    text.replace(/[<>&+'"`]/g, (character) => unicodeEscape(character).toUpperCase().replace('U', 'u')),
    url.replace(/%../g, (code) => code.toLowerCase()),
    url.replaceAll('%20', '+'),
    text.replace(/[<>&'"]/g, (character) => htmlEntities[character]!),
    base64.replaceAll('+', '-').replaceAll('/', '_'),
  ];
}

const unicodeEscape = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

const htmlEntities: Record<string, string> = {
  ...{ '<': '&lt;', '>': '&gt;', '&': '&amp;', "'": '&#39;', '"': '&quot;' },
};
