import { expect } from 'chai';
import type { Stored } from '../../../server/webhooks/webhook.draft.js';
import type { SaveWebhookInput } from '../../../server/webhooks/webhook.input.js';
import { custom, draftOf, errorsOf, newCustom, newSplunk, short, splunk, storedWebhook } from './drafts.js';

describe('draft of a change', () => {
  describe('of a stored webhook', () => {
    it('keeps everything that is omitted', () => {
      for (const stored of [splunk, custom]) {
        const { webhook, settings, connectionChanged } = draftOf({}, stored);

        expect(webhook).to.deep.equal(stored.webhook);
        expect(settings).to.deep.equal(stored.settings);
        expect(connectionChanged).to.equal(false);
      }
    });

    it('is a copy: what is stored stays as it is', () => {
      draftOf({ name: 'Other', active: false, splunk: { index: 'other' } }, splunk);

      expect(splunk.webhook).to.include({ name: 'Stored', active: true });
      expect(splunk.settings.splunk.index).to.equal('main');
    });

    it('clears what is null and may be empty', () => {
      const { webhook, settings } = draftOf({ requestsPerSecond: null, splunk: { index: null } }, splunk);

      expect(webhook.requestsPerSecond).to.equal(null);
      expect(settings.splunk).to.include({ index: null, host: 'edge' });
      expect(draftOf({ headers: null }, custom).settings.headers).to.deep.equal([]);
    });

    it('keeps what is null and cannot be empty', () => {
      const input = { name: null, active: null, includeChildAccounts: null, eventTypes: null, splunk: null };

      expect(draftOf(input, splunk)).to.deep.include({ webhook: splunk.webhook, settings: splunk.settings });
    });

    it('replaces a secret key by another', () => {
      expect(draftOf({ secretKey: 'new' }, splunk).settings.secretKey).to.equal('new');
    });

    it('keeps the values of headers by name, replaces others, drops the rest, in the new order', () => {
      const stored = storedWebhook(custom.webhook, {
        headers: ['A', 'B', 'C'].map((name) => ({ name, value: `old ${name}` })),
      });
      const headers = [{ name: 'D', value: 'new D' }, { name: ' c ' }, { name: 'A', value: 'new A' }];

      expect(draftOf({ headers }, stored).settings.headers).to.deep.equal([
        { name: 'D', value: 'new D' },
        { name: 'c', value: 'old C' },
        { name: 'A', value: 'new A' },
      ]);
    });

    it('keeps child accounts although the last one is gone meanwhile', () => {
      const stored = storedWebhook({ ...custom.webhook, includeChildAccounts: true }, custom.settings);

      expect(errorsOf({ includeChildAccounts: true, name: 'Other' }, stored)).to.deep.equal([]);
    });

    const changes: { title: string; input: SaveWebhookInput; changed: boolean }[] = [
      { title: 'its URL', input: { targetUrl: 'https://hooks.example.com/b' }, changed: true },
      { title: 'a header', input: { headers: [{ name: 'X-Key', value: 'other' }] }, changed: true },
      { title: 'a header’s capitals', input: { headers: [{ name: 'x-key' }] }, changed: true },
      { title: 'nothing, its headers named', input: { headers: [{ name: 'X-Key' }] }, changed: false },
      { title: 'its name', input: { name: 'Other' }, changed: false },
      { title: 'its types of events', input: { eventTypes: ['DATA_MISSING'] }, changed: false },
      { title: 'its rate', input: { requestsPerSecond: 1 }, changed: false },
    ];
    for (const { title, input, changed } of changes)
      it(`${changed ? 'sends otherwise' : 'sends as before'} after a change of ${title}`, () => {
        expect(draftOf(input, custom).connectionChanged).to.equal(changed);
      });
  });

  describe('that leads to another server', () => {
    const moves: { title: string; stored: Stored; targetUrl: string; moved: boolean }[] = [
      { title: 'another host', stored: splunk, targetUrl: 'evil.example.com:8088', moved: true },
      { title: 'another port', stored: splunk, targetUrl: 'splunk.example.com', moved: true },
      { title: 'http', stored: splunk, targetUrl: 'http://splunk.example.com:8088', moved: true },
      {
        title: 'the same, completed',
        stored: splunk,
        targetUrl: 'https://splunk.example.com:8088/',
        moved: false,
      },
      { title: 'the same, in capitals', stored: splunk, targetUrl: 'SPLUNK.example.com:8088', moved: false },
      { title: 'a host below', stored: custom, targetUrl: 'https://a.hooks.example.com/a', moved: true },
      { title: 'another path', stored: custom, targetUrl: 'https://hooks.example.com/b', moved: false },
      {
        title: 'the default port',
        stored: custom,
        targetUrl: 'https://hooks.example.com:443/',
        moved: false,
      },
    ];
    for (const { title, stored, targetUrl, moved } of moves)
      it(`${moved ? 'asks for the secrets again' : 'keeps the secrets'}: ${title}`, () => {
        const secret = stored === splunk ? 'secretKey' : 'headers';

        expect(errorsOf({ targetUrl }, stored).map(short)).to.deep.equal(
          moved ? [`${secret} SECRET_REQUIRED`] : [],
        );
      });

    const input = { targetUrl: 'https://elsewhere.example.com/' };

    it('cannot do without a secret key', () => {
      for (const secretKey of [null, '', ' '])
        expect(errorsOf({ ...input, secretKey }, splunk).map(short)).to.deep.equal([
          ...['secretKey SECRET_REQUIRED'],
        ]);
    });

    it('takes a new secret key, and new values of headers', () => {
      expect(draftOf({ ...input, secretKey: 'new' }, splunk).settings.secretKey).to.equal('new');
      expect(
        draftOf({ ...input, headers: [{ name: 'X-Key', value: 'new' }] }, custom).settings.headers,
      ).to.deep.equal([{ name: 'X-Key', value: 'new' }]);
    });

    it('asks for each header whose value would be kept', () => {
      const headers = [{ name: 'X-New', value: 'new' }, { name: 'X-Key' }];

      expect(errorsOf({ ...input, headers }, custom).map(short)).to.deep.equal([
        ...['headers.1.value SECRET_REQUIRED'],
      ]);
    });

    it('may do without its headers', () => {
      expect(draftOf({ ...input, headers: [] }, custom).settings.headers).to.deep.equal([]);
    });

    it('is not spoken of while the URL itself is wrong', () => {
      for (const targetUrl of ['', 'https://10.0.0.1/'])
        expect(errorsOf({ targetUrl }, splunk).map(({ path }) => path.join('.'))).to.deep.equal([
          'targetUrl',
        ]);
    });
  });

  describe('with another provider', () => {
    it('drops the secrets of the one before', () => {
      const { settings } = draftOf({ ...newCustom, provider: 'CUSTOM' }, splunk);

      expect(settings).to.deep.include({ secretKey: null, headers: [] });
      expect(draftOf(newSplunk, custom).settings).to.deep.include({ secretKey: 'token', headers: [] });
    });

    it('asks for what the new one needs', () => {
      expect(errorsOf({ provider: 'SPLUNK' }, custom).map(short)).to.deep.equal([
        'secretKey SECRET_REQUIRED',
      ]);
    });
  });
});
