import {
  getNamedType,
  getNullableType,
  getOperationAST,
  GraphQLError,
  isLeafType,
  isListType,
  Kind,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';
import { getComplexity, type ComplexityEstimator } from 'graphql-query-complexity';
import { DEFAULT_PAGE, MAX_PAGE } from './connections.js';
import { RequestError } from './errors.js';

/*
 * What every document keeps to, over HTTP and over WebSocket alike.
 *
 * The tokens bound what parsing and validating cost, the expanded selections what fragments make of them, and the
 * cost what the database and the reply have to bear.
 */
const MAX_TOKENS = 2_000;
const MAX_DEPTH = 12;
const MAX_ALIASES = 30;
const MAX_ROOT_FIELDS = 20;
/** As many as a document could hold that has no fragments. */
const MAX_SELECTIONS = MAX_TOKENS;
const MAX_COST = 5_000;
const MAX_ERRORS = 5;
/** What the bodies in one answer may come to, in MiB of characters: a document does not tell how long they are. */
const MAX_BODIES_MIB = 32;

/** How long a list that is no connection is taken to be. */
const USUAL_LIST = 10;

/** What a document asks for, its fragments expanded. */
interface Size {
  depth: number;
  aliases: number;
  /** Fields of the first level. */
  rootFields: number;
  /** Fields of all levels. */
  selections: number;
}

const NOTHING: Size = { depth: 0, aliases: 0, rootFields: 0, selections: 0 };

/** Fragments are measured once each; one that contains itself is left to the rule that forbids it. */
function createRuler(document: DocumentNode): (set: SelectionSetNode | undefined) => Size {
  const fragments = new Map<string, Size>();

  function ofFragment(name: string): Size {
    const known = fragments.get(name);
    if (known) return known;
    fragments.set(name, NOTHING);
    const fragment = document.definitions.find(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name,
    );
    const size = fragment && 'selectionSet' in fragment ? measure(fragment.selectionSet) : NOTHING;
    fragments.set(name, size);
    return size;
  }

  function ofSelection(selection: SelectionNode): Size {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return ofFragment(selection.name.value);
    const inner = measure(selection.selectionSet);
    if (selection.kind === Kind.INLINE_FRAGMENT) return inner;
    return {
      // How deep introspection goes is limited by a rule of GraphQL itself.
      depth: isIntrospection(selection.name.value) ? 1 : inner.depth + 1,
      aliases: inner.aliases + (selection.alias ? 1 : 0),
      rootFields: 1,
      selections: inner.selections + 1,
    };
  }

  function measure(set: SelectionSetNode | undefined): Size {
    return (set?.selections ?? []).map(ofSelection).reduce(
      (sum, size) => ({
        depth: Math.max(sum.depth, size.depth),
        aliases: sum.aliases + size.aliases,
        rootFields: sum.rootFields + size.rootFields,
        selections: sum.selections + size.selections,
      }),
      NOTHING,
    );
  }
  return measure;
}

const isIntrospection = (fieldName: string): boolean => fieldName === '__schema' || fieldName === '__type';

function complaints({ depth, aliases, rootFields, selections }: Size): string[] {
  const wrong: string[] = [];
  if (depth > MAX_DEPTH) wrong.push(`Fields are nested ${depth} deep; at most ${MAX_DEPTH} are allowed.`);
  if (aliases > MAX_ALIASES) wrong.push(`There are ${aliases} aliases; at most ${MAX_ALIASES} are allowed.`);
  if (rootFields > MAX_ROOT_FIELDS)
    wrong.push(`There are ${rootFields} fields at the root; at most ${MAX_ROOT_FIELDS} are allowed.`);
  if (selections > MAX_SELECTIONS)
    wrong.push(
      `With its fragments, the document has ${selections} fields; at most ${MAX_SELECTIONS} may be.`,
    );
  return wrong;
}

const SizeLimits: ValidationRule = (context) => {
  const measure = createRuler(context.getDocument());
  return {
    OperationDefinition({ selectionSet }) {
      for (const message of complaints(measure(selectionSet))) context.reportError(new GraphQLError(message));
    },
  };
};

const NoIntrospection: ValidationRule = (context) => ({
  Field(node) {
    if (isIntrospection(node.name.value))
      context.reportError(
        new GraphQLError('Introspection is switched off; /schema.graphql has the schema.', { nodes: node }),
      );
  },
});

/** A connection costs its page; objects cost 1 and values nothing, unless the field says more as its `complexity`. */
const costOf: ComplexityEstimator = ({ args, childComplexity, field }) => {
  const type = getNamedType(field.type);
  const own = (field.extensions['complexity'] as number | undefined) ?? (isLeafType(type) ? 0 : 1);
  if (isIntrospection(field.name)) return own;
  return own + childComplexity * lengthOf(type.name, field, args);
};

type Arguments = Parameters<ComplexityEstimator>[0]['args'];
type Field = Parameters<ComplexityEstimator>[0]['field'];

function lengthOf(typeName: string, field: Field, { first, last }: Arguments): number {
  if (typeName.endsWith('Connection'))
    return Math.min(Math.max(Number(first ?? 0), Number(last ?? 0)) || DEFAULT_PAGE, MAX_PAGE);
  return isListType(getNullableType(field.type)) && !typeName.endsWith('Edge') ? USUAL_LIST : 1;
}

/** An operation as a client sends it. */
export interface Operation {
  query: string;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
}

/** Decides which documents are executed. */
export interface DocumentLimits {
  parseOptions: { maxTokens: number };
  /** What is checked besides GraphQL's own rules. */
  rules: ValidationRule[];
  validationOptions: { maxErrors: number; hideSuggestions: boolean };
  /** Says why a valid operation asks for too much; null: it does not. */
  refuseCost(document: DocumentNode, operation: Omit<Operation, 'query'>): GraphQLError | null;
  /** All of it at once: the document to be executed, or what is wrong with it. */
  admit(operation: Operation, ...more: ValidationRule[]): DocumentNode | readonly GraphQLError[];
}

export interface DocumentLimitsOptions {
  schema: GraphQLSchema;
  /** Whether introspection is answered, and errors suggest names. */
  introspection: boolean;
}

export function createDocumentLimits({ schema, introspection }: DocumentLimitsOptions): DocumentLimits {
  const parseOptions = { maxTokens: MAX_TOKENS };
  const rules = introspection ? [SizeLimits] : [SizeLimits, NoIntrospection];
  const validationOptions = { maxErrors: MAX_ERRORS, hideSuggestions: !introspection };

  const refuseCost: DocumentLimits['refuseCost'] = (query, { operationName, variables }) => {
    const name = getOperationAST(query, operationName)?.name?.value;
    const options = { schema, query, estimators: [costOf], variables: variables ?? {} };
    try {
      const cost = getComplexity(name === undefined ? options : { ...options, operationName: name });
      return cost <= MAX_COST
        ? null
        : refuseOperation(`This costs ${cost}; an operation may cost ${MAX_COST}.`);
    } catch (error) {
      // A variable has the wrong type; what it may be suggests names too.
      return refuseOperation((error as Error).message.replace(introspection ? '' : / ?Did you mean .*$/, ''));
    }
  };

  return {
    parseOptions,
    rules,
    validationOptions,
    refuseCost,
    admit({ query, ...operation }, ...more) {
      let document: DocumentNode;
      try {
        document = parse(query, parseOptions);
      } catch (error) {
        return [error as GraphQLError];
      }
      const all = [...specifiedRules, ...rules, ...more];
      const errors = validate(schema, document, all, validationOptions);
      if (errors.length > 0) return errors;
      const refusal = refuseCost(document, operation);
      return refusal ? [refusal] : document;
    },
  };
}

/** Ends an operation before it is executed; over HTTP with status 400. */
export const refuseOperation = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } });

/** The first few errors of a result; more would only make the reply long. */
export const firstErrors = <T>(errors: readonly T[]): T[] => errors.slice(0, MAX_ERRORS);

/** Counts the bodies in one answer; throws BAD_USER_INPUT from where they are too many. */
export function createBodyLimit(): (characters: number) => void {
  let left = MAX_BODIES_MIB * 1024 * 1024;
  return (characters) => {
    left -= characters;
    if (left >= 0) return;
    const message = `The bodies in this answer come to more than ${MAX_BODIES_MIB} MiB: ask for fewer at a time.`;
    throw new RequestError('BAD_USER_INPUT', message);
  };
}
