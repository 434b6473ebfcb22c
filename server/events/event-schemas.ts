import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { eventTypes, type EventType, type EventTypeEntry } from './event-types.js';

/** A type with its JSON Schema and an example body. */
export interface CatalogueEntry extends EventTypeEntry {
  schema: object;
  sample: Record<string, unknown>;
}

/** What is wrong with a publisher's `data`; the path leads into it. */
export interface DataError {
  path: string[];
  code: 'REQUIRED' | 'INVALID';
  message: string;
}

export interface BodyInput {
  type: EventType;
  occurredAt: Date;
  accountName: string;
  accountId: string;
  siteName: string;
  siteId: string;
  data: Record<string, unknown>;
}

/** Names and numbers of a deployment's own, by type. */
export type CatalogueOverrides = Partial<Record<EventType, { eventName?: string; number?: number }>>;

export interface EventCatalogue {
  entries: readonly CatalogueEntry[];
  /** Checks the type's own fields; unknown fields are fine. */
  validateData(type: EventType, data: unknown): DataError[];
  /** Serialises an event, once: the common fields, the type's own, then what else the publisher sent. */
  buildBody(input: BodyInput): string;
  /** The body that Test sends: the example, as of an account and a time. */
  sampleBody(type: EventType, account: { id: string; name: string }, now: Date): string;
}

interface Schema {
  properties: Record<string, object>;
  required: string[];
  examples: [Record<string, unknown>];
}

const COMMON = [
  'event_name',
  'event_type',
  'timestamp',
  'account_name',
  'account_id',
  'site_name',
  'site_id',
];
const folder = new URL('../../../schema/events/', import.meta.url);

interface Compiled {
  entry: CatalogueEntry;
  ownFields: string[];
  validate: ValidateFunction;
}

/** Reads and compiles the schema of every type; throws when one is missing. */
export function createEventCatalogue(overrides: CatalogueOverrides = {}): EventCatalogue {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
  const compiled = new Map(
    eventTypes.map((entry) => [entry.type, compile(ajv, entry, overrides[entry.type])]),
  );
  const of = (type: EventType): Compiled => compiled.get(type)!;

  function buildBody({ type, occurredAt, data, ...input }: BodyInput): string {
    const { entry, ownFields } = of(type);
    const body = new Map<string, unknown>([
      ['event_name', entry.eventName],
      ['event_type', entry.number],
      ['timestamp', occurredAt.toISOString().slice(0, 19)],
      ['account_name', input.accountName],
      ['account_id', input.accountId],
      ['site_name', input.siteName],
      ['site_id', input.siteId],
    ]);
    for (const field of [...ownFields, ...Object.keys(data)])
      if (!COMMON.includes(field) && Object.hasOwn(data, field)) body.set(field, data[field]);
    return JSON.stringify(Object.fromEntries(body));
  }

  return {
    entries: [...compiled.values()].map(({ entry }) => entry),
    validateData(type, data) {
      const { validate } = of(type);
      return validate(data) ? [] : (validate.errors ?? []).map(toDataError);
    },
    buildBody,
    sampleBody(type, account, occurredAt) {
      const { sample } = of(type).entry;
      return buildBody({
        ...{ type, occurredAt, accountName: account.name, accountId: account.id, data: sample },
        ...{ siteName: String(sample.site_name), siteId: String(sample.site_id) },
      });
    },
  };
}

function compile(
  ajv: Ajv2020,
  known: EventTypeEntry,
  override: CatalogueOverrides[EventType] = {},
): Compiled {
  const file = new URL(`${known.eventName}.schema.json`, folder);
  const schema = readSchema(file, known.type);
  const entry = { ...known, ...override };
  const names = { event_name: entry.eventName, event_type: entry.number };
  const ownFields = Object.keys(schema.properties).filter((field) => !COMMON.includes(field));
  const validate = ajv.compile({
    type: 'object',
    properties: Object.fromEntries(ownFields.map((field) => [field, schema.properties[field]])),
    required: schema.required.filter((field) => ownFields.includes(field)),
  });
  return { entry: { ...entry, schema, sample: { ...schema.examples[0], ...names } }, ownFields, validate };
}

function readSchema(file: URL, type: EventType): Schema {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Schema;
  } catch (error) {
    throw new Error(`The event type ${type} needs its JSON Schema at ${fileURLToPath(file)}.`, {
      cause: error,
    });
  }
}

function toDataError({ keyword, instancePath, params, message }: ErrorObject): DataError {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (keyword === 'required') {
    const field = String(params.missingProperty);
    return { path: [...path, field], code: 'REQUIRED', message: `${field} is missing.` };
  }
  return { path, code: 'INVALID', message: `${path.join('.') || 'data'} ${message ?? 'is not valid'}.` };
}
