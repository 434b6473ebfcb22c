import { expect } from 'chai';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../../../server/config.js';
import { ConfigError } from '../../../server/errors.js';
import type { DataError } from '../../../server/events/event-data.js';
import { createEventCatalogue, type BodyInput } from '../../../server/events/event-schemas.js';
import { EventType, eventTypes } from '../../../server/events/event-types.js';
import { createTemporaryFolder } from '../../helpers/folders.js';

const catalogue = createEventCatalogue();
const schemas = join(projectRoot, 'schema/events');
const commonFields = 'event_name event_type timestamp account_name account_id site_name site_id'.split(' ');

/** The common fields of an event, of any type. */
const input = (data: Record<string, unknown>, type: EventType = 'NEW_BEHAVIOR'): BodyInput => ({
  type,
  occurredAt: new Date('2025-01-29T13:28:36.789Z'),
  accountName: 'Acme EU',
  accountId: 'acc_1',
  siteName: 'Acme Shop',
  siteId: 'site-1',
  data,
});
const behavior = {
  script_name: 'Google Tag Manager',
  behavior_name: 'Data transfer',
  site_script_id: 'df382d80-cf04-11ec-870c-0a0800aeb193',
};

/** Each error as `CODE path.into.data`. */
const found = (errors: DataError[]): string[] => errors.map(({ code, path }) => `${code} ${path.join('.')}`);

/** As it arrives in a request's variables. */
const fromJson = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe('Event types', () => {
  it('have distinct names, numbers and labels', () => {
    for (const key of ['type', 'eventName', 'number', 'label'] as const)
      expect(new Set(eventTypes.map((entry) => entry[key]))).to.have.lengthOf(eventTypes.length);
  });

  it('are all in the enum, under their own names', () => {
    expect(Object.entries(EventType)).to.deep.equal(eventTypes.map(({ type }) => [type, type]));
  });

  it('have one schema file each, and no file is left over', () => {
    const expected = eventTypes.map(({ eventName }) => `${eventName}.schema.json`);
    expect(readdirSync(schemas)).to.have.members(expected);
  });

  it('keep the names and numbers that receivers parse', () => {
    expect(
      eventTypes.map(({ type, eventName, number }) => [type, eventName, number]),
    ).to.include.deep.members([
      ['NEW_SCRIPT', 'site_script.new_script', 1],
      ['NEW_PCI_HEADER_CHANGE', 'site.header_change', 4],
      ['NEW_BEHAVIOR', 'site_script.new_behavior', 6],
    ]);
  });

  for (const entry of catalogue.entries)
    describe(entry.type, () => {
      const { sample, type } = entry;
      const schema = entry.schema as {
        properties: Record<string, { description?: string }>;
        required: string[];
      };
      const ownFields = Object.keys(schema.properties).slice(commonFields.length);

      it('begins with the common fields and describes every field', () => {
        expect(Object.keys(schema.properties).slice(0, commonFields.length)).to.deep.equal(commonFields);
        for (const { description } of Object.values(schema.properties)) expect(description).to.be.a('string');
      });

      it('has an example that matches its schema and names it', () => {
        const ajv = new Ajv2020();
        formats.default(ajv);
        expect(ajv.validate(schema, sample), ajv.errorsText()).to.equal(true);
        expect(sample).to.include({ event_name: entry.eventName, event_type: entry.number });
      });

      it('takes its own example, and builds it again byte for byte', () => {
        expect(catalogue.validateData(type, sample)).to.deep.equal([]);
        const body = catalogue.buildBody({
          ...input(sample, type),
          accountName: String(sample.account_name),
          accountId: String(sample.account_id),
          siteName: String(sample.site_name),
          siteId: String(sample.site_id),
          occurredAt: new Date(`${String(sample.timestamp)}Z`),
        });
        expect(body).to.equal(JSON.stringify(sample));
      });

      it('names each required field that is missing', () => {
        const required = schema.required.filter((field) => ownFields.includes(field));
        expect(found(catalogue.validateData(type, {}))).to.deep.equal(
          required.map((field) => `REQUIRED ${field}`),
        );
      });

      it('refuses a value of the wrong type in every own field, with its path', () => {
        for (const field of ownFields)
          expect(
            found(catalogue.validateData(type, { ...sample, [field]: { no: 'such value' } })),
          ).to.deep.equal([`INVALID ${field}`]);
      });

      it('sends a sample as of an account and a time', () => {
        const now = new Date('2031-02-03T04:05:06.7Z');
        const body = catalogue.sampleBody(type, { id: 'acc_9', name: 'Nine "9"' }, now);
        expect(JSON.parse(body)).to.deep.equal({
          ...sample,
          timestamp: '2031-02-03T04:05:06',
          account_name: 'Nine "9"',
          account_id: 'acc_9',
        });
      });
    });
});

describe('Body of an event', () => {
  it('is the text that today’s receivers parse', () => {
    expect(catalogue.buildBody(input(behavior))).to.equal(
      '{"event_name":"site_script.new_behavior","event_type":6,"timestamp":"2025-01-29T13:28:36",' +
        '"account_name":"Acme EU","account_id":"acc_1","site_name":"Acme Shop","site_id":"site-1",' +
        '"script_name":"Google Tag Manager","behavior_name":"Data transfer",' +
        '"site_script_id":"df382d80-cf04-11ec-870c-0a0800aeb193"}',
    );
  });

  it('has the own fields in the schema’s order and then the unknown ones, as they were sent', () => {
    const data = fromJson(
      '{"zeta":[1,{"a":null}],"site_script_id":"s","7":true,"behavior_name":"b","script_name":"n"}',
    );
    const body = catalogue.buildBody(input(data));
    expect(body).to.match(
      /"site_id":"site-1","script_name":"n","behavior_name":"b","site_script_id":"s","7":true,"zeta":\[1,\{"a":null\}\]\}$/,
    );
    expect(body).to.match(/^\{"event_name":/);
  });

  it('does not let data replace a common field', () => {
    const forged = Object.fromEntries(commonFields.map((field) => [field, 'forged']));
    expect(catalogue.buildBody(input({ ...forged, ...behavior }))).to.equal(
      catalogue.buildBody(input(behavior)),
    );
  });

  it('keeps a field named __proto__ as text and takes nothing from it', () => {
    const data = fromJson('{"__proto__":{"script_name":"inherited","account_id":"forged"}}');
    expect(catalogue.validateData('NEW_BEHAVIOR', data).map(({ path }) => path)).to.deep.include([
      'script_name',
    ]);
    const body = catalogue.buildBody(input({ ...data, ...behavior }));
    expect(body).to.contain('"__proto__":{"script_name":"inherited","account_id":"forged"}');
    expect(body.match(/"account_id":"acc_1"/g)).to.have.lengthOf(1);
  });

  it('takes no field from a prototype that parsing was tricked into setting', () => {
    const data = Object.create(behavior) as Record<string, unknown>;
    expect(catalogue.validateData('NEW_BEHAVIOR', data)).to.have.lengthOf(3);
    expect(catalogue.buildBody(input(data))).to.not.contain('script_name');
  });

  it('takes objects without a prototype, and leaves out what is undefined', () => {
    const data = Object.assign(Object.create(null), behavior, { note: undefined }) as Record<string, unknown>;
    expect(catalogue.validateData('NEW_BEHAVIOR', data)).to.deep.equal([]);
    expect(catalogue.buildBody(input(data))).to.equal(catalogue.buildBody(input(behavior)));
  });

  it('is proper JSON whatever the texts hold', () => {
    const nasty = '"\\\u0000\n\u2028</script>\ud800 𝕏';
    const body = catalogue.buildBody({
      ...input({ ...behavior, [nasty]: nasty }),
      accountName: nasty,
      siteId: nasty,
    });
    expect(JSON.parse(body)).to.include({ account_name: nasty, site_id: nasty, [nasty]: nasty });
    expect(Buffer.from(body).toString()).to.equal(body);
  });
});

describe('Data of an event', () => {
  const errorsOf = (extra: string, type: EventType = 'NEW_BEHAVIOR') =>
    catalogue.validateData(type, { ...behavior, ...fromJson(extra) });

  it('must be an object', () => {
    for (const data of [null, undefined, 'text', 7, Infinity, true, [], [behavior]])
      expect(found(catalogue.validateData('NEW_BEHAVIOR', data))).to.deep.equal(['INVALID ']);
  });

  it('is refused in words that tell the rule and show an example', () => {
    const change = {
      ...catalogue.entries.find(({ type }) => type === 'NEW_PCI_HEADER_CHANGE')!.sample,
      payment_page_id: '42',
      header_id: 1.5,
    };
    expect(
      catalogue.validateData('NEW_PCI_HEADER_CHANGE', change).map(({ message }) => message),
    ).to.deep.equal([
      'payment_page_id must be integer, such as 42.',
      'header_id must be integer or null, such as 7.',
    ]);
  });

  it('may say null for a header without an id', () => {
    const { sample } = catalogue.entries.find(({ type }) => type === 'NEW_PCI_HEADER_CHANGE')!;
    expect(catalogue.validateData('NEW_PCI_HEADER_CHANGE', { ...sample, header_id: null })).to.deep.equal([]);
  });

  it('has times as YYYY-MM-DDTHH:mm:ss without a zone', () => {
    const domain = (first_seen_at: string) =>
      catalogue.validateData('UNKNOWN_DOMAIN', { domain: 'shop.example.net', first_seen_at });
    expect(domain('2025-01-29T13:20:00')).to.deep.equal([]);
    for (const time of [
      '2025-01-29',
      '2025-01-29T13:20:00Z',
      '2025-01-29 13:20:00',
      '2025-13-01T00:00:00',
      '',
    ])
      expect(domain(time)).to.deep.equal([
        {
          path: ['first_seen_at'],
          code: 'INVALID',
          message: 'first_seen_at must have the right form, such as "2025-01-29T13:20:00".',
        },
      ]);
  });

  it('is refused with numbers that parsing has changed', () => {
    for (const [extra, path] of [
      ['{"big":1e400}', 'big'],
      ['{"list":[0,{"id":12345678901234567890}]}', 'list.1.id'],
      ['{"low":-9007199254740993}', 'low'],
    ])
      expect(found(errorsOf(extra!))).to.deep.equal([`INVALID ${path}`]);
    expect(errorsOf('{"big":9007199254740991,"tiny":1e-300,"float":0.1,"zero":-0}')).to.deep.equal([]);
  });

  it('is refused where it is nested more than 32 levels deep, however deep that is', () => {
    const nested = (levels: number) => `{"x":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
    expect(errorsOf(nested(32))).to.deep.equal([]);
    for (const levels of [33, 100_000]) {
      const [error] = errorsOf(nested(levels));
      expect(error).to.include({ code: 'INVALID' });
      expect(error?.message).to.contain('more than 32 levels deep');
    }
  });

  it('is refused above 256 KiB of JSON, counted in bytes', () => {
    const room = 256 * 1024 - Buffer.byteLength(JSON.stringify({ ...behavior, x: '' }));
    expect(errorsOf(JSON.stringify({ x: 'é'.repeat(Math.floor(room / 2)) }))).to.deep.equal([]);
    expect(found(errorsOf(JSON.stringify({ x: 'é'.repeat(Math.floor(room / 2) + 1) })))).to.deep.equal([
      'TOO_LONG ',
    ]);
  });
});

describe('Event catalogue of a deployment', () => {
  it('has the deployment’s own names and numbers in bodies, schema and sample', () => {
    const own = createEventCatalogue({
      UNKNOWN_DOMAIN: { eventName: 'acme.domain', number: 9 },
      NEW_SCRIPT: {},
    });
    const entry = own.entries.find(({ type }) => type === 'UNKNOWN_DOMAIN')!;
    expect(entry).to.include({ eventName: 'acme.domain', number: 9 });
    expect(entry.sample).to.include({ event_name: 'acme.domain', event_type: 9 });
    expect(new Ajv2020().validate(entry.schema, entry.sample)).to.equal(true);
    expect(own.sampleBody('UNKNOWN_DOMAIN', { id: 'a', name: 'b' }, new Date(0))).to.match(
      /^\{"event_name":"acme.domain","event_type":9,/,
    );
    expect(own.entries.find(({ type }) => type === 'NEW_SCRIPT')).to.include({ number: 1 });
  });

  it('does not start with two types of one name or number, or with an unusable one', () => {
    for (const override of [
      { eventName: 'site.header_change' },
      { number: 4 },
      { eventName: ' ' },
      { number: 1.5 },
      { number: NaN },
    ])
      expect(() => createEventCatalogue({ NEW_SCRIPT: override })).to.throw(ConfigError, 'NEW_SCRIPT');
  });

  it('does not start without the schema of a type, and says in one line which', async () => {
    const { path: folder, remove } = await createTemporaryFolder();
    for (const name of readdirSync(schemas)) copyFileSync(join(schemas, name), join(folder, name));
    const file = join(folder, 'site.data_missing.schema.json');
    const start = () => createEventCatalogue({}, pathToFileURL(`${folder}/`));
    expect(start).to.not.throw();
    for (const content of [
      '',
      '{}',
      'null',
      '{"properties":{},"required":[],"examples":[]}',
      '{"type":"nonsense"}',
    ]) {
      writeFileSync(file, content);
      expect(start).to.throw(
        ConfigError,
        /^The event type DATA_MISSING needs .*site\.data_missing\.schema\.json: [^\n]+$/,
      );
    }
    const wrongExample = {
      type: 'object',
      properties: { x: { type: 'string' } },
      required: ['x'],
      examples: [{ x: 1 }],
    };
    writeFileSync(file, JSON.stringify(wrongExample));
    expect(start).to.throw(ConfigError, 'its example does not match it');
    await remove();
    expect(start).to.throw(ConfigError, 'no such file');
  });
});
