import { expect } from 'chai';
import {
  astFromValue,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  print,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
} from 'graphql';
import { schema } from '../helpers/schema.js';
import { contract } from './schema-contract.js';

type Field = GraphQLInputField | GraphQLField<unknown, unknown>;

const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);

function fieldsOf(type: GraphQLNamedType): Field[] {
  if (isInputObjectType(type)) return Object.values(type.getFields());
  return isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
}

function defaultOf({ defaultValue, type }: GraphQLInputField): string {
  const literal = defaultValue === undefined ? null : astFromValue(defaultValue, type);
  return literal ? ` = ${print(literal)}` : '';
}

/** A type's members as the contract writes them. */
function membersOf(type: GraphQLNamedType): string[] {
  if (isEnumType(type)) return type.getValues().map(({ name }) => name);
  const fields = fieldsOf(type).map((field) => {
    if (!('args' in field)) return `${field.name}: ${String(field.type)}${defaultOf(field)}`;
    const list = field.args.map((argument) => `${argument.name}: ${String(argument.type)}`).join(', ');
    return `${field.name}${list && `(${list})`}: ${String(field.type)}`;
  });
  const interfaces = isObjectType(type) ? type.getInterfaces() : [];
  return [...interfaces.map(({ name }) => `implements ${name}`), ...fields];
}

type Part = { path: string; description: string | null | undefined };

/** A type and all that stands in it. */
function partsOf(type: GraphQLNamedType): Part[] {
  const parts: Part[] = [{ path: type.name, description: type.description }];
  const add = (path: string, { description }: Omit<Part, 'path'>): unknown =>
    parts.push({ path: `${type.name}.${path}`, description });
  if (isEnumType(type)) for (const value of type.getValues()) add(value.name, value);
  for (const field of fieldsOf(type)) {
    add(field.name, field);
    if ('args' in field) for (const argument of field.args) add(`${field.name}(${argument.name})`, argument);
  }
  return parts;
}

describe('schema', () => {
  it('describes every type, field, argument and value', () => {
    const silent = types.flatMap(partsOf).filter(({ description }) => !description?.trim());

    expect(silent.map(({ path }) => path)).to.deep.equal([]);
  });

  for (const [name, members] of contract)
    it(`keeps ${name} as clients know it`, () => {
      const type = schema.getType(name);

      expect(type, name).to.not.equal(undefined);
      expect(membersOf(type!)).to.include.members(members);
    });

  it('answers every mutation with userErrors, save those that cannot go wrong', () => {
    const without = Object.values(schema.getMutationType()!.getFields()).filter(({ type }) => {
      const payload = schema.getType(String(type).replace('!', ''));
      return !isObjectType(payload) || !payload.getFields()['userErrors'];
    });

    expect(without.map(({ name }) => name)).to.have.members(['publishEvents', 'signOut']);
  });

  it('takes one input and answers a payload of its name or a shared one for each mutation', () => {
    for (const { name, args, type } of Object.values(schema.getMutationType()!.getFields())) {
      const typeName = name.charAt(0).toUpperCase() + name.slice(1);
      if (name !== 'signOut')
        expect(args.map((argument) => `${argument.name}: ${String(argument.type)}`)).to.deep.equal([
          `input: ${typeName}Input!`,
        ]);
      expect(String(type)).to.match(name === 'signOut' ? /^Boolean!$/ : /^\w+Payload!$/);
    }
  });

  it('has connections as Relay defines them', () => {
    for (const type of types.filter(({ name }) => name.endsWith('Connection'))) {
      const edge = type.name.replace(/Connection$/, 'Edge');

      expect(membersOf(type)).to.have.members([
        ...[`edges: [${edge}!]!`, 'pageInfo: PageInfo!', 'totalCount: Int!'],
      ]);
      expect(membersOf(schema.getType(edge)!)).to.have.members([
        ...['cursor: String!', `node: ${edge.replace(/Edge$/, '')}!`],
      ]);
    }
  });
});
