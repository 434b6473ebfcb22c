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

interface Secret {
  text: string;
  variable: string;
}

/** The shell variable that stands for a header's value: `X-Api-Key` → `${X_API_KEY}`. */
const variableOf = (name: string): string => `\${${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}}`;

export function createScrubber(settings: ProviderSettings): Scrubber {
  const secrets = findSecrets(settings).sort((a, b) => b.text.length - a.text.length);
  const byHeader = new Map(settings.headers.map(({ name }) => [name.toLowerCase(), variableOf(name)]));
  const text = (value: string): string =>
    secrets.reduce((scrubbed, secret) => scrubbed.replaceAll(secret.text, secret.variable), value);
  return {
    text: secrets.length === 0 ? (value) => value : text,
    requestHeader: (name, value) => byHeader.get(name.toLowerCase()) ?? text(value),
  };
}

function findSecrets({ secretKey, headers, signingSecrets }: ProviderSettings): Secret[] {
  const named = [
    ...(secretKey === null
      ? []
      : [{ text: secretKey.replace(/^Splunk\s+/i, ''), variable: '${SECRET_KEY}' }]),
    ...headers.flatMap(({ name, value }) => [
      { text: value, variable: variableOf(name) },
      { text: value.replace(/^\S+\s+/, ''), variable: variableOf(name) },
    ]),
    ...signingSecrets.map((secret) => ({
      text: secret.replace(/^whsec_/, ''),
      variable: '${SIGNING_SECRET}',
    })),
  ];
  return named.flatMap(spellings).filter(({ text }) => text.length >= MIN_ECHO_LENGTH);
}

/** A receiver may echo a secret as it is, in JSON, in a URL or in base64. */
function spellings({ text, variable }: Secret): Secret[] {
  const spelt = new Set([
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text),
    Buffer.from(text).toString('base64').replace(/=+$/, ''),
  ]);
  return [...spelt].map((one) => ({ text: one, variable }));
}
