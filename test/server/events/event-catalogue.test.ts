import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { projectRoot } from '../../../server/config.js';
import { createEventCatalogue, type BodyInput } from '../../../server/events/event-schemas.js';
import { eventTypes, type EventType } from '../../../server/events/event-types.js';

const COMMON = ['event_name', 'event_type', 'timestamp', 'account_name', 'account_id', 'site_name', 'site_id'];

interface Published {
  eventName: string;
  number: number;
  vendorVerified: boolean;
  fields: string[];
}

/** What receivers were told; a change here breaks their parsers. */
const published: Record<EventType, Published> = {
  NEW_SCRIPT: {
    ...{ eventName: 'site_script.new_script', number: 1, vendorVerified: true },
    fields: ['script_name', 'site_script_id'],
  },
  NEW_SCRIPT_POLICY_RECOMMENDATION: {
    ...{ eventName: 'site_script.new_policy_rec', number: 101, vendorVerified: false },
    fields: ['script_name', 'policy_name', 'recommendation', 'site_script_id'],
  },
  NEW_PCI_HEADER_CHANGE: {
    ...{ eventName: 'site.header_change', number: 4, vendorVerified: true },
    fields: [
      ...['payment_page_id', 'payment_page_name', 'header_id', 'header_name'],
      ...['header_baseline_value', 'header_new_value'],
    ],
  },
  NEW_BEHAVIOR: {
    ...{ eventName: 'site_script.new_behavior', number: 6, vendorVerified: true },
    fields: ['script_name', 'behavior_name', 'site_script_id'],
  },
  DATA_MISSING: {
    ...{ eventName: 'site.data_missing', number: 102, vendorVerified: false },
    fields: ['payment_page_id', 'payment_page_name', 'last_seen_at', 'expected_within_minutes'],
  },
  UNKNOWN_DOMAIN: {
    ...{ eventName: 'site.unknown_domain', number: 103, vendorVerified: false },
    fields: ['domain', 'first_seen_at'],
  },
};

describe('event catalogue', () => {
  const catalogue = createEventCatalogue();

  const bodyOf = (changes: Partial<BodyInput> = {}): string =>
    catalogue.buildBody({
      ...{ type: 'NEW_SCRIPT', occurredAt: new Date('2025-01-29T13:28:36.789Z') },
      ...{ accountName: 'Acme EU', accountId: 'acc_1', siteName: 'Acme Shop', siteId: 'site-1' },
      data: { script_name: 'Google Tag Manager', site_script_id: 's-1' },
      ...changes,
    });

  const keysOf = (body: string): string[] => [...body.matchAll(/[{,]"([^"]+)":/g)].map(([, key]) => key!);

  it('has one schema file per type, and none besides', () => {
    const files = readdirSync(join(projectRoot, 'schema/events')).sort();

    expect(files).to.deep.equal(eventTypes.map(({ eventName }) => `${eventName}.schema.json`).sort());
  });

  it('gives each type a name and a number of its own', () => {
    expect(new Set(eventTypes.map(({ eventName }) => eventName)).size).to.equal(eventTypes.length);
    expect(new Set(eventTypes.map(({ number }) => number)).size).to.equal(eventTypes.length);
  });

  for (const entry of catalogue.entries) {
    const { type, schema, sample } = entry;

    describe(type, () => {
      it('has a label and a sentence for the form', () => {
        expect(entry.label).to.match(/^[A-Z].*[a-z]$/);
        expect(entry.description).to.match(/^[A-Z].*\.$/);
      });

      it('has a schema of draft 2020-12 that its own example satisfies', () => {
        const validate = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(schema);

        expect(schema).to.include({ $schema: 'https://json-schema.org/draft/2020-12/schema', title: type });
        expect(validate(sample), JSON.stringify(validate.errors)).to.equal(true);
      });

      it('describes and requires every field it lists, and allows more', () => {
        const { properties, required, additionalProperties } = schema as {
          properties: Record<string, { description?: string }>;
          required: string[];
          additionalProperties: boolean;
        };

        expect(required).to.deep.equal(Object.keys(properties));
        for (const [field, { description }] of Object.entries(properties))
          expect(description, field).to.match(/\.$/);
        expect(additionalProperties).to.equal(true);
      });

      it('keeps name, number and order of fields as published', () => {
        const { fields, ...known } = published[type];

        expect(entry).to.include(known);
        expect(sample).to.include({ event_name: known.eventName, event_type: known.number });
        expect(Object.keys(sample)).to.deep.equal([...COMMON, ...fields]);
      });

      it('orders the fields of a body, whatever the order they were sent in', () => {
        const { fields } = published[type];
        const data = Object.fromEntries(fields.toReversed().map((field) => [field, sample[field]]));

        expect(keysOf(bodyOf({ type, data }))).to.deep.equal([...COMMON, ...fields]);
      });

      it('demands each of its own fields and says where it is missing', () => {
        expect(catalogue.validateData(type, {})).to.deep.equal(
          published[type].fields.map((field) => ({
            ...{ path: [field], code: 'REQUIRED', message: `${field} is missing.` },
          })),
        );
      });

      it('accepts its example, with fields it does not know', () => {
        expect(catalogue.validateData(type, { ...sample, new_field: [1] })).to.deep.equal([]);
      });

      it('sends its example as of the account and the time of a test', () => {
        const body = catalogue.sampleBody(
          type,
          { id: 'acc_9', name: 'Nine' },
          new Date('2026-05-04T03:02:01Z'),
        );

        expect(JSON.parse(body)).to.deep.equal({
          ...sample,
          ...{ timestamp: '2026-05-04T03:02:01', account_name: 'Nine', account_id: 'acc_9' },
        });
      });
    });
  }

  describe('a body', () => {
    it('is exactly the text that receivers know', () => {
      expect(bodyOf()).to.equal(
        '{"event_name":"site_script.new_script","event_type":1,"timestamp":"2025-01-29T13:28:36",' +
          '"account_name":"Acme EU","account_id":"acc_1","site_name":"Acme Shop","site_id":"site-1",' +
          '"script_name":"Google Tag Manager","site_script_id":"s-1"}',
      );
    });

    it('keeps unknown fields behind the known ones, in the order they were sent in', () => {
      const data = { zeta: 1, script_name: 'a', alpha: { nested: [null, 1.5] }, site_script_id: 'b' };

      expect(keysOf(bodyOf({ data })).slice(COMMON.length, -1)).to.deep.equal([
        ...['script_name', 'site_script_id', 'zeta', 'alpha'],
      ]);
      expect(JSON.parse(bodyOf({ data }))).to.deep.include({ zeta: 1, alpha: { nested: [null, 1.5] } });
    });

    it('begins with the common fields even if an unknown field is called by a number', () => {
      const data = { script_name: 'a', site_script_id: 'b', 7: 'seven' };

      expect(keysOf(bodyOf({ data }))).to.deep.equal([...COMMON, 'script_name', 'site_script_id', '7']);
    });

    it('never takes a common field from the publisher’s data', () => {
      const forged = Object.fromEntries(COMMON.map((field) => [field, 'forged']));

      expect(bodyOf({ data: { ...forged, script_name: 'a', site_script_id: 'b' } })).to.equal(
        bodyOf({ data: { script_name: 'a', site_script_id: 'b' } }),
      );
    });

    it('carries fields with the names of JavaScript’s own as data and nothing else', () => {
      const hostile = '{"__proto__":{"polluted":true},"constructor":1,"toString":2,"hasOwnProperty":3}';
      const data = JSON.parse(hostile) as Record<string, unknown>;
      const body = bodyOf({ data });

      expect(body).to.include(hostile.slice(1, -1));
      expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
    });

    it('takes data without a prototype, as GraphQL literals are', () => {
      const data = Object.assign(Object.create(null) as object, { script_name: 'a', site_script_id: 'b' });

      expect(bodyOf({ data })).to.equal(bodyOf({ data: { script_name: 'a', site_script_id: 'b' } }));
    });

    it('leaves out what has no value, as JSON does', () => {
      expect(JSON.parse(bodyOf({ data: { script_name: 'a', extra: undefined } }))).to.not.have.key('extra');
    });

    it('is JSON whatever the names hold', () => {
      const accountName = '"\\\n\u2028\ud800 Ünïcode 🔒';

      expect((JSON.parse(bodyOf({ accountName })) as { account_name: string }).account_name).to.equal(
        accountName,
      );
    });
  });

  describe('validation', () => {
    const header = catalogue.entries.find(({ type }) => type === 'NEW_PCI_HEADER_CHANGE')!.sample;
    const wrong: { title: string; data: unknown; path: string[]; message: RegExp }[] = [
      { title: 'no object', data: 'text', path: [], message: /^data must be object\.$/ },
      { title: 'null', data: null, path: [], message: /^data must be object\.$/ },
      { title: 'a list', data: [], path: [], message: /^data must be object\.$/ },
      {
        title: 'text for a number',
        data: { ...header, payment_page_id: '42' },
        path: ['payment_page_id'],
        message: /^payment_page_id must be integer\.$/,
      },
      {
        title: 'a fraction for a whole number',
        data: { ...header, header_id: 1.5 },
        path: ['header_id'],
        message: /^header_id must be integer,null\.$/,
      },
      {
        title: 'null where it means nothing',
        data: { ...header, header_name: null },
        path: ['header_name'],
        message: /^header_name must be string\.$/,
      },
    ];
    for (const { title, data, path, message } of wrong)
      it(`refuses ${title} and says where`, () => {
        const errors = catalogue.validateData('NEW_PCI_HEADER_CHANGE', data);

        expect(errors.map((error) => ({ path: error.path, code: error.code }))).to.deep.equal([
          { path, code: 'INVALID' },
        ]);
        expect(errors[0]!.message).to.match(message);
      });

    it('tells all that is wrong at once', () => {
      const errors = catalogue.validateData('NEW_SCRIPT', { script_name: 1 });

      expect(errors.map(({ path, code }) => `${path.join('.')} ${code}`)).to.have.members([
        ...['script_name INVALID', 'site_script_id REQUIRED'],
      ]);
    });

    it('does not take an inherited property for a field', () => {
      const data = JSON.parse('{"__proto__":{"script_name":"a","site_script_id":"b"}}') as unknown;

      expect(catalogue.validateData('NEW_SCRIPT', data).map(({ code }) => code)).to.deep.equal([
        ...['REQUIRED', 'REQUIRED'],
      ]);
    });

    it('accepts null where the catalogue gives it a meaning', () => {
      const data = { ...header, header_id: null, header_baseline_value: null, header_new_value: null };

      expect(catalogue.validateData('NEW_PCI_HEADER_CHANGE', data)).to.deep.equal([]);
    });
  });

  it('lets a deployment call a type otherwise without touching the others', () => {
    const own = createEventCatalogue({ NEW_SCRIPT: { eventName: 'acme.script', number: 900 } });
    const [first, ...others] = own.entries;
    const named = { event_name: 'acme.script', event_type: 900 };

    expect(first).to.include({ eventName: 'acme.script', number: 900 });
    expect(first!.sample).to.include(named);
    expect(JSON.parse(own.sampleBody('NEW_SCRIPT', { id: 'a', name: 'A' }, new Date()))).to.include(named);
    expect(others).to.deep.equal(catalogue.entries.slice(1));
  });
});
