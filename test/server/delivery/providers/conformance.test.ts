import { expect } from 'chai';
import { providers, WebhookProvider } from '../../../../server/delivery/providers/index.js';
import { context, eventOf, replyOf, settingsOf } from './samples.js';

const kinds = ['URL', 'SECRET', 'TEXT', 'BOOLEAN', 'HEADERS'];

/** Where SaveWebhookInput has room for a provider's fields. */
const inputPath = /^(targetUrl|secretKey|headers|splunk\.(index|source|sourcetype|host|useAck|batch|gzip))$/;

describe('Providers', () => {
  it('are in the enum under their own ids', () => {
    expect(Object.entries(WebhookProvider)).to.deep.equal(Object.keys(providers).map((id) => [id, id]));
  });

  for (const [id, provider] of Object.entries(providers))
    describe(id, () => {
      it('is registered under its id and says what it is', () => {
        expect(provider.id).to.equal(id);
        expect(provider.label).to.match(/\S/);
        expect(provider.description).to.match(/\.$/);
      });

      it('has a form that begins with a required target URL', () => {
        expect(provider.fields[0]).to.include({ name: 'targetUrl', kind: 'URL', required: true });
        for (const { name, label, kind } of provider.fields) {
          expect(name).to.match(inputPath);
          expect(label).to.match(/\S/);
          expect(kinds).to.include(kind);
        }
        expect(new Set(provider.fields.map(({ name }) => name))).to.have.lengthOf(provider.fields.length);
      });

      it('keeps a URL that is complete, and text that is none', () => {
        const complete = provider.resolveUrl('https://hooks.example.com:8443');
        expect(provider.resolveUrl(complete)).to.equal(complete);
        expect(provider.resolveUrl(`  ${complete} `)).to.equal(complete);
        expect(() => new URL(complete)).to.not.throw();
        for (const text of ['', 'http://', 'https://a b/', 'https://[::1', 'https:// ', '%'])
          expect(() => provider.resolveUrl(text), text).to.not.throw();
      });

      it('shows a name that is not ASCII as it will be looked up', () => {
        expect(provider.resolveUrl('https://müller.example/x')).to.contain('https://xn--mller-kva.example/x');
      });

      it('formats an event and a test into printable lower-case headers around the stored body', () => {
        for (const event of [eventOf(), eventOf({ deliveryId: null })]) {
          const { headers, body } = provider.format([event], settingsOf(), context);
          expect(body).to.contain(event.body);
          expect(headers).to.include({ 'content-type': 'application/json', 'user-agent': context.userAgent });
          for (const [name, value] of Object.entries(headers)) {
            expect(name).to.match(/^[a-z0-9-]+$/);
            expect(value).to.match(/^[\x20-\x7e]+$/);
          }
        }
      });

      it('formats alike what is alike, and changes nothing that it is given', () => {
        const [events, settings] = [[eventOf()], settingsOf()];
        const before = JSON.stringify([events, settings]);
        expect(provider.format(events, settings, context)).to.deep.equal(
          provider.format(events, settings, context),
        );
        expect(JSON.stringify([events, settings])).to.equal(before);
      });

      it('refuses to format nothing', () => {
        expect(() => provider.format([], settingsOf(), context)).to.throw();
      });

      it('judges any reply, and a failure with a class and a sentence on what to do', () => {
        const bodies = ['', 'null', '{}', '[]', '{"code":', '<html>', '{"code":"0","text":0}', '0', '"text"'];
        for (let status = 100; status < 1000; status += 1)
          for (const body of bodies) {
            const judgement = provider.judge(replyOf(status, body));
            if (judgement.outcome === 'SUCCEEDED') {
              expect(status).to.be.within(200, 299);
              expect(judgement).to.include({ errorClass: null, hint: null });
            } else {
              expect(judgement.errorClass).to.match(/^[A-Z0-9_]+$/);
              expect(judgement.hint).to.match(/^[A-Z].*\.$/);
            }
          }
      });

      it('takes 410 for gone, a redirect for its Location, 429 and 5xx for passing', () => {
        expect(provider.judge(replyOf(410))).to.include({
          outcome: 'MISCONFIGURED',
          errorClass: 'GONE',
          gone: true,
        });
        const redirect = provider.judge(replyOf(302, '', { Location: 'https://elsewhere.example/x' }));
        expect(redirect).to.include({ outcome: 'RETRYABLE', errorClass: 'REDIRECT' });
        expect(redirect.hint).to.contain('https://elsewhere.example/x');
        for (const status of [408, 425, 429, 500, 502, 503, 504, 599])
          expect(provider.judge(replyOf(status)).outcome, String(status)).to.equal('RETRYABLE');
      });
    });
});
