import { expect } from 'chai';
import type { ProviderSettings } from '../../../server/delivery/providers/provider.js';
import { createScrubber } from '../../../server/delivery/scrubber.js';
import { settingsOf as sampleSettings } from './providers/samples.js';

const settingsOf = (changes: Partial<ProviderSettings>): ProviderSettings =>
  sampleSettings({ secretKey: null, signingSecrets: [], ...changes });

const json = (text: string): string => JSON.stringify(text).slice(1, -1);
const percent = (text: string): string => text.replace(/./g, (c) => `%${c.charCodeAt(0).toString(16)}`);
const entities = (text: string): string => text.replace(/./g, (c) => `&#x${c.charCodeAt(0).toString(16)};`);
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('scrubber', () => {
  const nasty = 'a+b/c"d\\e<f>&g h\'i';
  const { text: scrub } = createScrubber(settingsOf({ headers: [{ name: 'X-Api-Key', value: nasty }] }));

  const echoes: { as: string; echo: string }[] = [
    { as: 'as it is', echo: nasty },
    { as: 'in JSON', echo: 'a+b/c\\"d\\\\e<f>&g h\'i' },
    { as: 'in the JSON of PHP', echo: 'a+b\\/c\\"d\\\\e<f>&g h\'i' },
    { as: 'in the JSON of Go', echo: 'a+b/c\\"d\\\\e\\u003cf\\u003e\\u0026g h\'i' },
    { as: 'in a URL', echo: encodeURIComponent(nasty) },
    {
      as: 'in a URL, in lower case',
      echo: encodeURIComponent(nasty).replace(/%../g, (code) => code.toLowerCase()),
    },
    { as: 'in a form', echo: encodeURIComponent(nasty).replaceAll('%20', '+') },
    { as: 'in HTML', echo: 'a+b/c&quot;d\\e&lt;f&gt;&amp;g h&#39;i' },
    { as: 'in the HTML of Mustache', echo: 'a+b&#x2F;c&quot;d\\e&lt;f&gt;&amp;g h&#39;i' },
    { as: 'in URLs or HTML, letter by letter', echo: percent(nasty.slice(0, 7)) + entities(nasty.slice(7)) },
    { as: 'in UTF-16', echo: [...nasty].join('\0') },
    { as: 'in JSON in JSON in a URL', echo: encodeURIComponent(json(json(nasty))) },
    { as: 'in base64', echo: base64(nasty) },
    { as: 'in base64 in JSON in a URL', echo: encodeURIComponent(base64(nasty)) },
    { as: 'in base64 for URLs', echo: Buffer.from(nasty).toString('base64url') },
  ];
  for (const { as, echo } of echoes)
    it(`finds a secret that is echoed ${as}`, () => {
      const scrubbed = scrub(`before ${echo} between ${echo}, after`);

      expect(scrubbed).to.match(/^before \$\{X_API_KEY\}=* between \$\{X_API_KEY\}=*, after$/);
    });

  it('finds a secret in base64 of a longer text, wherever it stands there, and in hex', () => {
    const { text } = createScrubber(settingsOf({ secretKey: '0F1e2d3c-4b5a-token' }));
    for (const before of ['', 'x', 'Splunk ', 'Authorization: Splunk '])
      for (const after of ['', '\r\n', '; and more']) {
        const shown = text(base64(`${before}0F1e2d3c-4b5a-token${after}`));
        expect(shown, before + after).to.include('${SECRET_KEY}');
        expect(Buffer.from(shown, 'base64').toString(), before + after).not.to.match(/2d3c|token/);
      }
    expect(text(Buffer.from('0F1e2d3c-4b5a-token').toString('hex'))).to.equal('${SECRET_KEY}');
    expect(text('0F1E2D3C-4B5A-TOKEN 0f1e2d3c-4b5a-token')).to.equal('${SECRET_KEY} ${SECRET_KEY}');
  });

  it('finds what is left of a secret at the end of a text that was cut', () => {
    const secret = '0f1e2d3c-4b5a-token';
    const { cutText } = createScrubber(settingsOf({ secretKey: secret }));
    for (let length = 3; length <= secret.length; length += 1)
      expect(cutText(`token ${secret} is ${secret.slice(0, length)}`), `${length}`).to.equal(
        'token ${SECRET_KEY} is ${SECRET_KEY}',
      );
    expect(cutText(`{"t":"${base64(secret).slice(0, 12)}`)).to.equal('{"t":"${SECRET_KEY}');
    for (const cut of ['0f1%65', '0f1%65%3', '0f1&#x65;&#x', '0f1\\u0065\\u00', '0f1e\\', '0f1&#101;&#5'])
      expect(cutText(`token ${cut}`), cut).to.equal('token ${SECRET_KEY}');
    expect(cutText('nothing of it')).to.equal('nothing of it');
    expect(cutText('')).to.equal('');
  });

  it('finds a token that is echoed without its dashes, and secrets that look like escapes', () => {
    const { text } = createScrubber(
      settingsOf({ secretKey: '0f1e-2d3c-4b5a', signingSecrets: ['a%41&lt;b\\u0041'] }),
    );
    expect(text('0f1e2d3c4b5a')).to.equal('${SECRET_KEY}');
    expect(text('a%41&lt;b\\u0041 %61%2541&amp;lt;b\\\\u0041')).to.equal(
      '${SIGNING_SECRET} ${SIGNING_SECRET}',
    );
  });

  it('leaves escapes of anything else as they are', () => {
    const { text } = createScrubber(settingsOf({ secretKey: '0f1e-2d3c-4b5a' }));
    const other = 'a%20b &amp; \\u0041 \\" 100% &#0; &nosuch; \0 \\';
    expect(text(`${other}0f1e-2d3c-4b5a${other}`)).to.equal(`${other}\${SECRET_KEY}${other}`);
  });

  it('finds a secret in the JSON of .NET', () => {
    const { text } = createScrubber(settingsOf({ signingSecrets: ['whsec_MfKQ9r8+KYqr/w=='] }));

    expect(text('"MfKQ9r8\\u002BKYqr/w=="')).to.equal('"${SIGNING_SECRET}"');
  });

  const secrets: { title: string; settings: Partial<ProviderSettings>; echo: string; scrubbed: string }[] = [
    {
      title: 'a secret key',
      settings: { secretKey: '0f1e2d3c-token' },
      echo: 'Invalid token: 0f1e2d3c-token.',
      scrubbed: 'Invalid token: ${SECRET_KEY}.',
    },
    {
      title: 'a secret key that was pasted with its scheme',
      settings: { secretKey: 'Splunk 0f1e2d3c-token' },
      echo: '{"authorization":"Splunk 0f1e2d3c-token"}',
      scrubbed: '{"authorization":"Splunk ${SECRET_KEY}"}',
    },
    {
      title: 'credentials with and without their scheme',
      settings: { headers: [{ name: 'authorization', value: 'Bearer abcdef' }] },
      echo: 'Bearer abcdef; abcdef',
      scrubbed: '${AUTHORIZATION}; ${AUTHORIZATION}',
    },
    {
      title: 'the password inside of basic credentials',
      settings: { headers: [{ name: 'Authorization', value: `Basic ${base64('admin:hunter2!')}` }] },
      echo: `Wrong password hunter2! for admin; ${base64('admin:hunter2!')}; admin:hunter2!`,
      scrubbed: 'Wrong password ${AUTHORIZATION} for admin; ${AUTHORIZATION}; ${AUTHORIZATION}',
    },
    {
      title: 'every signing secret, the old one too',
      settings: { signingSecrets: ['whsec_newnewnew', 'whsec_oldoldold'] },
      echo: 'whsec_newnewnew oldoldold',
      scrubbed: 'whsec_${SIGNING_SECRET} ${SIGNING_SECRET}',
    },
    {
      title: 'a value without the spaces around it, which do not travel',
      settings: { headers: [{ name: 'X-Key', value: ' padded-secret ' }] },
      echo: '[padded-secret]',
      scrubbed: '[${X_KEY}]',
    },
    {
      title: 'a secret that is a part of another',
      settings: {
        headers: [
          { name: 'short', value: 'secret' },
          { name: 'long', value: 'secret-and-more' },
        ],
      },
      echo: 'secret-and-more, secret',
      scrubbed: '${LONG}, ${SHORT}',
    },
    {
      title: 'a secret that reads like the variable of another',
      settings: { secretKey: 'the-real-one', headers: [{ name: 'x', value: 'SECRET_KEY' }] },
      echo: 'the-real-one SECRET_KEY',
      scrubbed: '${SECRET_KEY} ${X}',
    },
    {
      title: 'characters with a meaning in patterns and replacements',
      settings: { secretKey: '$&.*(a|b)[c]{2}^\\$' },
      echo: 'got $&.*(a|b)[c]{2}^\\$',
      scrubbed: 'got ${SECRET_KEY}',
    },
  ];
  for (const { title, settings, echo, scrubbed } of secrets)
    it(`replaces ${title}`, () => {
      expect(createScrubber(settingsOf(settings)).text(echo)).to.equal(scrubbed);
    });

  it('leaves short values in what a receiver says, as they could be anything', () => {
    const { text } = createScrubber(
      settingsOf({ secretKey: 'on', headers: [{ name: 'X-Env', value: '1' }] }),
    );

    expect(text('a 1 on one on 11')).to.equal('a 1 on one on 11');
  });

  it('changes nothing for a webhook without secrets', () => {
    expect(createScrubber(settingsOf({})).text('anything ${AT} all')).to.equal('anything ${AT} all');
  });

  describe('of the headers we send', () => {
    const { requestHeader } = createScrubber(
      settingsOf({
        secretKey: 'abc',
        headers: [
          { name: 'X-Env', value: '1' },
          { name: 'X-Empty', value: '' },
          { name: '2nd.key', value: 'x' },
        ],
      }),
    );
    const headers: { name: string; value: string; shown: string }[] = [
      { name: 'x-env', value: '1', shown: '${X_ENV}' },
      { name: 'X-ENV', value: '1', shown: '${X_ENV}' },
      { name: 'x-empty', value: '', shown: '${X_EMPTY}' },
      { name: '2nd.key', value: 'x', shown: '${_2ND_KEY}' },
      { name: 'authorization', value: 'Splunk abc', shown: 'Splunk ${SECRET_KEY}' },
      { name: 'user-agent', value: 'Hookwatch/1.0.0', shown: 'Hookwatch/1.0.0' },
      { name: 'content-type', value: 'application/json', shown: 'application/json' },
    ];
    for (const { name, value, shown } of headers)
      it(`shows ${name}: ${value} as ${shown}`, () => {
        expect(requestHeader(name, value)).to.equal(shown);
      });
  });
});
