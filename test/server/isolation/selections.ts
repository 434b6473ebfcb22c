import {
  getNamedType,
  isEnumType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  isLeafType,
  type GraphQLField,
  type GraphQLObjectType,
} from 'graphql';
import { schema } from '../../helpers/schema.js';
import { fields, namesOf, type Audience } from './fields.js';

type Field = GraphQLField<unknown, unknown>;

/** Connections and their edges are as Relay has them: whoever gets the connection gets the page. */
const isPage = (type: GraphQLObjectType): boolean => /(Connection|Edge)$/.test(type.name);

/** The schema's types whose fields stand in the table. */
export const types = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .filter((type) => !type.name.startsWith('__') && !isPage(type));

const isNode = (type: GraphQLObjectType): boolean => type.getInterfaces().some(({ name }) => name === 'Node');

/** Fills in what a field demands. */
function argumentsOf(field: Field): string {
  const given = field.args
    .filter(({ type, name }) => isNonNullType(type) || name === 'first')
    .map(({ name, type }) => {
      const named = getNamedType(type);
      return `${name}: ${isEnumType(named) ? named.getValues()[0]!.name : 25}`;
    });
  return given.length === 0 ? '' : `(${given.join(', ')})`;
}

/** What to ask of a value: of another thing its id, of all else everything. */
function insideOf(field: Field): string {
  const type = getNamedType(field.type);
  if (isLeafType(type)) return '';
  if (isInterfaceType(type)) return '{ id }';
  if (!isObjectType(type)) throw new Error(`${type.name} is a kind of type that the matrix does not know`);
  if (isNode(type)) return '{ id }';
  if (isPage(type))
    return `{ ${Object.values(type.getFields())
      .map((inner) => `${inner.name} ${insideOf(inner)}`)
      .join(' ')} }`;
  return `{ ${selectionOf(type.name, 'parts')} }`;
}

/** All fields of a type that an audience gets, each with all that is inside. */
export function selectionOf(typeName: string, audience: Audience): string {
  const type = schema.getType(typeName) as GraphQLObjectType;
  return namesOf(fields[typeName]?.[audience])
    .map((name) => type.getFields()[name]!)
    .map((field) => `${field.name}${argumentsOf(field)} ${insideOf(field)}`)
    .join(' ');
}

/** Asks a root field, with variables for those of its arguments that are given. */
export function operationOf(kind: 'Query' | 'Mutation' | 'Subscription', name: string, args: object): string {
  const field = (schema.getType(kind) as GraphQLObjectType).getFields()[name]!;
  const given = field.args.filter((argument) => argument.name in args);
  const declared = given.map((argument) => `$${argument.name}: ${String(argument.type)}`).join(', ');
  const passed = given.map((argument) => `${argument.name}: $${argument.name}`).join(', ');
  const inside = insideOf(field);
  return `${kind.toLowerCase()} ${declared && `(${declared})`} { ${name}${passed && `(${passed})`} ${inside} }`;
}
