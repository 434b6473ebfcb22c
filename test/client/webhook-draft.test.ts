import { expect } from 'chai';
import {
  copyDraft,
  draftOf,
  fingerprint,
  isSameAt,
  replaceSecrets,
  sentHeaderRows,
  toSaveInput,
} from '../../client/lib/webhook-draft.js';
import { addHeaders, draftWith, fieldOf, headerRows, providers, webhookOf } from './forms.js';

const savedHeaders = [
  { name: 'X-Tenant', value: { isSet: true, lastFour: null } },
  { name: 'Authorization', value: { isSet: true, lastFour: '9c0d' } },
];
const savedCustom = () => draftOf(webhookOf({ provider: 'CUSTOM', headers: savedHeaders }), providers);

describe('Draft of a webhook', () => {
  it('begins active, with every event type and without the children', () => {
    expect(toSaveInput(draftWith('CUSTOM', { targetUrl: ' https://example.com ' }))).to.deep.equal({
      name: '',
      provider: 'CUSTOM',
      active: true,
      includeChildAccounts: false,
      eventTypes: ['NEW_SCRIPT', 'NEW_BEHAVIOR'],
      requestsPerSecond: null,
      targetUrl: 'https://example.com',
      headers: [],
    });
  });

  it('puts the fields of its provider where their names say, and leaves the others’ out', () => {
    const draft = draftWith('SPLUNK', { secretKey: ' key ', 'splunk.index': ' web ' });
    expect(toSaveInput(draft)).to.deep.include({ secretKey: 'key', splunk: { index: 'web' } });
    expect(toSaveInput(draft)).not.to.have.property('headers');
  });

  it('clears a text that was emptied, and leaves a switch nobody touched to the server', () => {
    const draft = draftOf(webhookOf(), providers);
    Object.assign(fieldOf(draft, 'splunk.index'), { text: '  ' });
    expect(toSaveInput(draft).splunk).to.deep.equal({ index: null, batch: true });
    expect(toSaveInput(draftWith('SPLUNK')).splunk).to.deep.equal({ index: null });
  });

  it('keeps what was typed for the other provider', () => {
    const draft = draftWith('CUSTOM', { targetUrl: 'https://example.com' });
    draft.provider = 'SPLUNK';
    expect(toSaveInput(draft)).to.deep.include({ targetUrl: '' });
    draft.provider = 'CUSTOM';
    expect(toSaveInput(draft)).to.deep.include({ targetUrl: 'https://example.com' });
  });

  it('omits a saved secret until another is entered', () => {
    const draft = draftOf(webhookOf(), providers);
    expect(toSaveInput(draft)).not.to.have.property('secretKey');
    Object.assign(fieldOf(draft, 'secretKey'), { replacing: true, text: 'new' });
    expect(toSaveInput(draft)).to.include({ secretKey: 'new' });
  });

  it('keeps the value of a saved header by its name, of any case, and sends one that was renamed', () => {
    const draft = savedCustom();
    const [tenant, authorization] = headerRows(draft);
    Object.assign(tenant!, { name: 'x-tenant' });
    Object.assign(authorization!, { name: 'X-Key', value: 'secret' });
    expect(toSaveInput(draft).headers).to.deep.equal([
      { name: 'x-tenant' },
      { name: 'X-Key', value: 'secret' },
    ]);
  });

  it('does not send rows left blank, so that an error’s index counts the others', () => {
    const draft = draftWith('CUSTOM');
    addHeaders(draft, ['', ''], ['X-A', '1'], ['  ', ''], ['', 'no name']);
    expect(sentHeaderRows(headerRows(draft)).map(({ name, value }) => [name, value])).to.deep.equal([
      ['X-A', '1'],
      ['', 'no name'],
    ]);
  });

  it('asks for every saved secret again, but not for a row that is new', () => {
    const draft = savedCustom();
    addHeaders(draft, ['X-New', 'value']);
    replaceSecrets(draft);
    expect(headerRows(draft).map((row) => row.replacing)).to.deep.equal([true, true, false]);
    const splunk = draftOf(webhookOf(), providers);
    replaceSecrets(splunk);
    expect(fieldOf(splunk, 'secretKey')).to.include({ replacing: true });
  });
});

describe('Fingerprint of a draft', () => {
  it('stays the same for a copy and for types ticked in another order', () => {
    const draft = savedCustom();
    const copy = copyDraft(draft);
    copy.eventTypes = ['NEW_BEHAVIOR', 'NEW_SCRIPT'];
    draft.eventTypes = ['NEW_SCRIPT', 'NEW_BEHAVIOR'];
    expect(fingerprint(copy)).to.equal(fingerprint(draft));
  });

  it('changes with a typed secret and with the order of headers', () => {
    const draft = savedCustom();
    const before = fingerprint(draft);
    headerRows(draft).reverse();
    const reordered = fingerprint(draft);
    expect(reordered).not.to.equal(before);
    Object.assign(headerRows(draft)[0]!, { replacing: true, value: 'new' });
    expect(fingerprint(draft)).not.to.equal(reordered);
  });
});

describe('Value at an error’s path', () => {
  it('is compared wherever the path leads', () => {
    const [a, b] = [{ headers: [{ name: 'A' }] }, { headers: [{ name: 'B' }] }];
    expect(isSameAt(a, b, ['headers', '0', 'name'])).to.equal(false);
    expect(isSameAt(a, { headers: [{ name: 'A' }] }, ['headers', '0', 'name'])).to.equal(true);
    expect(isSameAt(a, b, ['headers', '7', 'name'])).to.equal(true);
    expect(isSameAt(a, undefined, ['headers'])).to.equal(false);
  });
});
