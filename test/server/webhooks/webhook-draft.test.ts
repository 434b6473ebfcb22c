import { expect } from 'chai';
import { EventType } from '../../../server/events/event-types.js';
import { Webhook } from '../../../server/storage/entities/webhook.js';
import type { DraftRules, Stored } from '../../../server/webhooks/webhook.draft.js';
import type { SaveWebhookInput } from '../../../server/webhooks/webhook.input.js';
import { custom, draftOf, errorsOf, newCustom, newSplunk, short, splunk, splunkDefaults } from './drafts.js';

describe('webhook draft', () => {
  describe('of a new webhook', () => {
    it('has the provider’s name, is active, and takes all types of events', () => {
      expect(draftOf(newSplunk, null)).to.deep.equal({
        webhook: Object.assign(new Webhook(), {
          ...{ provider: 'SPLUNK', targetUrl: 'https://splunk.example.com', name: 'Splunk' },
          ...{ active: true, includeChildAccounts: false, requestsPerSecond: null },
          eventTypes: Object.values(EventType),
        }),
        settings: {
          ...{ targetUrl: 'https://splunk.example.com', secretKey: 'token', headers: [], signingSecrets: [] },
          splunk: splunkDefaults,
        },
        connectionChanged: true,
      });
    });

    it('takes what was entered, without the spaces around it', () => {
      const { webhook, settings } = draftOf(
        {
          ...{ provider: 'SPLUNK', name: ' Ops ', targetUrl: ' splunk.example.com ', secretKey: ' token ' },
          ...{ active: false, eventTypes: ['NEW_SCRIPT', 'DATA_MISSING', 'NEW_SCRIPT'] },
          ...{ requestsPerSecond: 0.5, includeChildAccounts: true },
          splunk: { index: ' main ', source: '', sourcetype: null, useAck: true, batch: false },
        },
        null,
        { hasChildren: true },
      );

      expect(webhook).to.deep.include({
        ...{ name: 'Ops', targetUrl: 'splunk.example.com', active: false, requestsPerSecond: 0.5 },
        ...{ eventTypes: ['NEW_SCRIPT', 'DATA_MISSING'], includeChildAccounts: true },
      });
      expect(settings.secretKey).to.equal('token');
      expect(settings.splunk).to.deep.equal({
        ...{
          index: 'main',
          source: null,
          sourcetype: null,
          host: null,
          useAck: true,
          batch: false,
          gzip: false,
        },
      });
    });

    it('judges the URL that will be called, and the one that was typed', () => {
      const judged: string[] = [];
      const checkUrl: DraftRules['checkUrl'] = (url) => {
        judged.push(url);
        return { allowed: true };
      };
      draftOf({ ...newSplunk, targetUrl: 'splunk.example.com:8088' }, null, { checkUrl });

      expect(judged).to.deep.equal([
        'https://splunk.example.com:8088/services/collector/event',
        'https://splunk.example.com:8088',
      ]);
    });
  });

  const tooLong = 'x'.repeat(2_049);
  const manyHeaders = Array.from({ length: 33 }, (_, i) => ({ name: `X-${i}`, value: 'v' }));
  const wrong: { title: string; input: SaveWebhookInput; stored?: Stored; errors: string[] }[] = [
    { title: 'no provider', input: { targetUrl: 'https://a.example' }, errors: ['provider REQUIRED'] },
    { title: 'no URL', input: { ...newCustom, targetUrl: undefined }, errors: ['targetUrl REQUIRED'] },
    { title: 'a blank URL', input: { ...newCustom, targetUrl: ' ' }, errors: ['targetUrl REQUIRED'] },
    { title: 'a cleared URL', input: { targetUrl: null }, stored: splunk, errors: ['targetUrl REQUIRED'] },
    { title: 'a long URL', input: { ...newCustom, targetUrl: tooLong }, errors: ['targetUrl TOO_LONG'] },
    {
      title: 'no URL but words',
      input: { ...newCustom, targetUrl: 'my hook' },
      errors: ['targetUrl INVALID'],
    },
    {
      title: 'a host for a URL',
      input: { ...newCustom, targetUrl: 'a.example' },
      errors: ['targetUrl INVALID'],
    },
    {
      title: 'a URL that is not allowed',
      input: { ...newCustom, targetUrl: 'https://10.0.0.1/' },
      errors: ['targetUrl TARGET_NOT_ALLOWED'],
    },
    {
      title: 'a host that is not allowed once it is completed',
      input: { ...newSplunk, targetUrl: '10.0.0.1' },
      errors: ['targetUrl TARGET_NOT_ALLOWED'],
    },
    { title: 'an empty name', input: { ...newCustom, name: ' ' }, errors: ['name REQUIRED'] },
    { title: 'a long name', input: { ...newCustom, name: 'x'.repeat(101) }, errors: ['name TOO_LONG'] },
    {
      title: 'a name that a terminal would obey',
      input: { ...newCustom, name: '\u001b[31mred' },
      errors: ['name INVALID'],
    },
    {
      title: 'a name with half of a character',
      input: { ...newCustom, name: 'a \ud83d' },
      errors: ['name INVALID'],
    },
    {
      title: 'an index with control characters',
      input: { ...newSplunk, splunk: { index: 'main\0' } },
      errors: ['splunk.index INVALID'],
    },
    {
      title: 'no secret key',
      input: { ...newSplunk, secretKey: undefined },
      errors: ['secretKey SECRET_REQUIRED'],
    },
    {
      title: 'a cleared secret key',
      input: { secretKey: null },
      stored: splunk,
      errors: ['secretKey SECRET_REQUIRED'],
    },
    {
      title: 'a blank secret key',
      input: { secretKey: ' ' },
      stored: splunk,
      errors: ['secretKey SECRET_REQUIRED'],
    },
    {
      title: 'a secret key that no header could carry',
      input: { ...newSplunk, secretKey: 'to\nken' },
      errors: ['secretKey INVALID'],
    },
    {
      title: 'a long secret key',
      input: { ...newSplunk, secretKey: 'x'.repeat(1_025) },
      errors: ['secretKey INVALID'],
    },
    {
      title: 'a secret key for a provider without one',
      input: { ...newCustom, secretKey: 'token' },
      errors: ['secretKey INVALID'],
    },
    {
      title: 'headers for a provider without them',
      input: { ...newSplunk, headers: [{ name: 'X-Key', value: 'v' }] },
      errors: ['headers INVALID'],
    },
    {
      title: 'a new header without a value',
      input: { ...newCustom, headers: [{ name: 'X-Key' }] },
      errors: ['headers.0.value SECRET_REQUIRED'],
    },
    {
      title: 'a header with another name and no value',
      input: { headers: [{ name: 'X-Key' }, { name: 'X-Key-2' }] },
      stored: custom,
      errors: ['headers.1.value SECRET_REQUIRED'],
    },
    {
      title: 'headers that break the rules of headers',
      input: {
        ...newCustom,
        headers: [
          { name: 'X-Key', value: 'v' },
          { name: '', value: 'v' },
          { name: 'x y', value: 'v' },
          { name: 'Host', value: 'v' },
          { name: 'x-key', value: 'a\r\nb' },
        ],
      },
      errors: [
        ...['headers.1.name REQUIRED', 'headers.2.name INVALID', 'headers.3.name FORBIDDEN_HEADER'],
        ...['headers.4.name DUPLICATE', 'headers.4.value INVALID'],
      ],
    },
    {
      title: 'too many headers',
      input: { ...newCustom, headers: manyHeaders },
      errors: ['headers TOO_MANY'],
    },
    {
      title: 'long settings of Splunk',
      input: {
        ...newSplunk,
        splunk: { index: tooLong, source: tooLong, sourcetype: tooLong, host: tooLong },
      },
      errors: ['index', 'source', 'sourcetype', 'host'].map((field) => `splunk.${field} TOO_LONG`),
    },
    { title: 'no type of events', input: { ...newCustom, eventTypes: [] }, errors: ['eventTypes REQUIRED'] },
    {
      title: 'child accounts where there are none',
      input: { ...newCustom, includeChildAccounts: true },
      errors: ['includeChildAccounts NO_CHILD_ACCOUNTS'],
    },
    ...[0, 0.009, -1, 10_001, NaN, Infinity].map((requestsPerSecond) => ({
      title: `${requestsPerSecond} requests per second`,
      input: { ...newCustom, requestsPerSecond },
      errors: ['requestsPerSecond INVALID'],
    })),
    {
      title: 'all that is wrong, at once',
      input: {
        ...{ provider: 'SPLUNK', targetUrl: '', name: '', eventTypes: [], requestsPerSecond: 0 },
        includeChildAccounts: true,
      },
      errors: [
        ...['targetUrl REQUIRED', 'secretKey SECRET_REQUIRED', 'name REQUIRED', 'eventTypes REQUIRED'],
        ...['requestsPerSecond INVALID', 'includeChildAccounts NO_CHILD_ACCOUNTS'],
      ],
    },
  ];
  describe('is refused for', () => {
    for (const { title, input, stored = null, errors } of wrong)
      it(title, () => {
        const found = errorsOf(input, stored);

        expect(found.map(short)).to.deep.equal(errors);
        for (const { message } of found) expect(message).to.match(/^\S.*\.$/);
      });
  });

  it('tells why a target is not allowed', () => {
    expect(errorsOf({ ...newCustom, targetUrl: 'https://10.1.2.3/' }, null)[0]?.message).to.equal('Private.');
  });

  it('accepts the largest of everything', () => {
    const url = `https://hooks.example.com/${'x'.repeat(2_048 - 'https://hooks.example.com/'.length)}`;

    expect(
      errorsOf({ ...newSplunk, name: 'x'.repeat(100), targetUrl: url, secretKey: 'x'.repeat(1_024) }, null),
    ).to.deep.equal([]);
    for (const requestsPerSecond of [0.01, 10_000])
      expect(errorsOf({ ...newCustom, requestsPerSecond }, null)).to.deep.equal([]);
  });
});
