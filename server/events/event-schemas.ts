import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { ConfigError } from '../errors.js';
import { findDataError, type DataError } from './event-data.js';
import { eventTypes, type EventType, type EventTypeEntry } from './event-types.js';

/** A type with its JSON Schema and an example body. */
export interface CatalogueEntry extends EventTypeEntry {
  /** Describes the whole body, as receivers get it. */
  schema: object;
  sample: Record<string, unknown>;
}

/** What an event is made of; the type adds its name and number. */
export interface BodyInput {
  type: EventType;
  occurredAt: Date;
  accountName: string;
  accountId: string;
  siteName: string;
  siteId: string;
  /** As `validateData` found it good. */
  data: Record<string, unknown>;
}

/** Names and numbers of a deployment's own, by type. */
export type CatalogueOverrides = Partial<Record<EventType, { eventName?: string; number?: number }>>;

/** The types of events with their schemas: checks what publishers send and makes what receivers get. */
export interface EventCatalogue {
  entries: readonly CatalogueEntry[];
  /** Checks the type's own fields; an empty answer means that `buildBody` takes them. Unknown fields are fine. */
  validateData(type: EventType, data: unknown): DataError[];
  /** Serialises an event, once: the common fields, the type's own, then what else the publisher sent. */
  buildBody(input: BodyInput): string;
  /** The body that Test sends: the example, as of an account and a time. */
  sampleBody(type: EventType, account: { id: string; name: string }, now: Date): string;
}

interface Schema {
  properties: Record<string, object>;
  required: string[];
  examples: Array<Record<string, unknown>>;
}

interface Compiled {
  entry: CatalogueEntry;
  ownFields: string[];
  /** The common and the own fields: none of them is taken for an unknown one. */
  knownFields: ReadonlySet<string>;
  validate: ValidateFunction;
}

const COMMON_FIELDS = [
  ...['event_name', 'event_type', 'timestamp'],
  ...['account_name', 'account_id', 'site_name', 'site_id'],
];
const projectFolder = new URL('../../../schema/events/', import.meta.url);

/**
 * Reads and compiles the JSON Schema (draft 2020-12) of every type, `<folder>/<eventName>.schema.json` under its name
 * in event-types.ts; throws ConfigError for one that is missing or wrong, and for overrides that clash.
 */
export function createEventCatalogue(
  overrides: CatalogueOverrides = {},
  folder: URL = projectFolder,
): EventCatalogue {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, ownProperties: true });
  formats.default(ajv);
  const compiled = new Map(
    eventTypes.map((known) => [known.type, load(ajv, known, overrides[known.type], folder)]),
  );
  const entries = [...compiled.values()].map(({ entry }) => entry);
  checkUnique(entries);
  const of = (type: EventType): Compiled => compiled.get(type)!;

  function buildBody({ type, occurredAt, data, ...input }: BodyInput): string {
    const { entry, ownFields, knownFields } = of(type);
    // Built as text: in an object, a field named "0" would come before all others, and "__proto__" would be lost.
    let body =
      `{"event_name":${JSON.stringify(entry.eventName)},"event_type":${entry.number}` +
      `,"timestamp":"${occurredAt.toISOString().slice(0, -5)}"` +
      `,"account_name":${JSON.stringify(input.accountName)},"account_id":${JSON.stringify(input.accountId)}` +
      `,"site_name":${JSON.stringify(input.siteName)},"site_id":${JSON.stringify(input.siteId)}`;
    for (const field of ownFields) if (Object.hasOwn(data, field)) body += member(field, data[field]);
    for (const field of Object.keys(data)) if (!knownFields.has(field)) body += member(field, data[field]);
    return `${body}}`;
  }

  return {
    entries,
    validateData(type, data) {
      const wrong = findDataError(data);
      if (wrong) return [wrong];
      const { validate, entry } = of(type);
      return validate(data) ? [] : (validate.errors ?? []).map((error) => describeError(error, entry.sample));
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

/** Undefined is what a GraphQL literal makes of a variable that was not given: the field is absent. */
const member = (field: string, value: unknown): string =>
  value === undefined ? '' : `,${JSON.stringify(field)}:${JSON.stringify(value)}`;

function load(
  ajv: Ajv2020,
  known: EventTypeEntry,
  override: CatalogueOverrides[EventType],
  folder: URL,
): Compiled {
  const file = new URL(`${known.eventName}.schema.json`, folder);
  const entry = {
    ...known,
    eventName: override?.eventName ?? known.eventName,
    number: override?.number ?? known.number,
  };
  if (entry.eventName.trim() === '' || !Number.isSafeInteger(entry.number))
    throw new ConfigError(`The event type ${known.type} needs a name, and a whole number.`);
  try {
    return compile(ajv, entry, JSON.parse(readFileSync(file, 'utf8')) as Partial<Schema>);
  } catch (error) {
    const reason = (error as Error).message.replaceAll(/\s+/g, ' ');
    throw new ConfigError(
      `The event type ${known.type} needs its JSON Schema at ${fileURLToPath(file)}: ${reason}`,
    );
  }
}

function compile(ajv: Ajv2020, known: EventTypeEntry, file: Partial<Schema>): Compiled {
  const { properties, required, examples: [example] = [] } = file;
  if (!properties || !required || !example)
    throw new Error('it must have properties, required and an example');
  const sample = { ...example, event_name: known.eventName, event_type: known.number };
  const schema = {
    ...file,
    properties: {
      ...properties,
      event_name: { ...properties.event_name, const: known.eventName },
      event_type: { ...properties.event_type, const: known.number },
    },
    examples: [sample],
  };
  const ownFields = Object.keys(properties).filter((field) => !COMMON_FIELDS.includes(field));
  const validate = ajv.compile({
    ...schema,
    $id: undefined,
    properties: Object.fromEntries(ownFields.map((field) => [field, properties[field]])),
    required: required.filter((field) => ownFields.includes(field)),
  });
  if (!validate(sample)) throw new Error('its example does not match it');
  const knownFields = new Set([...COMMON_FIELDS, ...ownFields]);
  return { entry: { ...known, schema, sample }, ownFields, knownFields, validate };
}

/** Receivers tell the types apart by name and by number. */
function checkUnique(entries: readonly CatalogueEntry[]): void {
  for (const { type, eventName, number } of entries) {
    const twin = entries.find(
      (other) => other.type !== type && (other.eventName === eventName || other.number === number),
    );
    if (twin)
      throw new ConfigError(`The event types ${type} and ${twin.type} need different names and numbers.`);
  }
}

/** Puts an error of ajv in words, with the example's value of the field. */
function describeError(error: ErrorObject, sample: Record<string, unknown>): DataError {
  const { keyword, instancePath, params } = error;
  const path = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (keyword === 'required') {
    const missing = [...path, String(params.missingProperty)];
    return { path: missing, code: 'REQUIRED', message: `${missing.join('.')} is missing.` };
  }
  const example = path.length === 1 ? `, such as ${JSON.stringify(sample[path[0]!])}` : '';
  return { path, code: 'INVALID', message: `${path.join('.') || 'data'} ${ruleOf(error)}${example}.` };
}

function ruleOf({ keyword, params, message }: ErrorObject): string {
  if (keyword === 'type') return `must be ${[params.type].flat().join(' or ')}`;
  if (keyword === 'pattern') return 'must have the right form';
  return message ?? 'is not valid';
}
