import { expect } from 'chai';
import { createEventCatalogue } from '../../../server/events/event-schemas.js';
import type { EventType } from '../../../server/events/event-types.js';

const COMMON = [
  'event_name',
  'event_type',
  'timestamp',
  'account_name',
  'account_id',
  'site_name',
  'site_id',
];

interface Published {
  eventName: string;
  number: number;
  vendorVerified: boolean;
  fields: string[];
}

/** What receivers were told of each type: a change here breaks their parsers. */
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

/** The fields of a body of text and numbers, in order. */
const fieldsOf = (body: string): string[] => [...body.matchAll(/[{,]"(\w+)":/g)].map(([, field]) => field!);

describe('event catalogue', () => {
  const catalogue = createEventCatalogue();

  it('lists the types in the order of the form', () => {
    expect(catalogue.entries.map(({ type }) => type)).to.deep.equal(Object.keys(published));
  });

  for (const entry of catalogue.entries) {
    const { type, sample } = entry;
    const { fields, ...known } = published[type];

    describe(type, () => {
      it('keeps name, number and fields as published', () => {
        expect(entry).to.include(known);
        expect(Object.keys(sample)).to.deep.equal([...COMMON, ...fields]);
      });

      it('has a label and a sentence for the form', () => {
        expect(entry.label).to.match(/^[A-Z].*[a-z]$/);
        expect(entry.description).to.match(/^[A-Z].*\.$/);
      });

      it('has a schema of draft 2020-12 that requires every field and allows more', () => {
        expect(entry.schema).to.deep.include({
          ...{ $schema: 'https://json-schema.org/draft/2020-12/schema', title: type },
          ...{ required: [...COMMON, ...fields], additionalProperties: true },
        });
      });

      it('sends its fields in this order, whatever order they were published in', () => {
        const data = Object.fromEntries(Object.entries(sample).reverse());
        const common = { accountName: 'a', accountId: 'b', siteName: 'c', siteId: 'd' };
        const body = catalogue.buildBody({ ...common, type, data, occurredAt: new Date(0) });

        expect(fieldsOf(body)).to.deep.equal([...COMMON, ...fields]);
      });
    });
  }
});
