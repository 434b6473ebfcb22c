import 'reflect-metadata';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  concatAST,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  getNullableType,
  Kind,
  parse,
  print,
  separateOperations,
  typeFromAST,
  type GraphQLInputType,
  type OperationDefinitionNode,
} from 'graphql';
import { projectRoot } from '../../../server/config.js';
import { createDocumentLimits } from '../../../server/document-limits.js';
import { schema } from '../../helpers/schema.js';

const folder = join(projectRoot, 'client/graphql');
const documents = readdirSync(folder)
  .filter((name) => name.endsWith('.graphql'))
  .map((name) => parse(readFileSync(join(folder, name), 'utf8')));
const operations = Object.entries(separateOperations(concatAST(documents)));
const limits = createDocumentLimits({ schema, introspection: false });

/** Something of a type: the largest page, the first value, the shortest list. */
function sampleOf(type: GraphQLInputType): unknown {
  const plain = getNullableType(type);
  if (isListType(plain)) return [];
  if (isEnumType(plain)) return plain.getValues()[0]!.name;
  if (isInputObjectType(plain)) {
    const required = Object.values(plain.getFields()).filter((field) => isNonNullType(field.type));
    return Object.fromEntries(required.map((field) => [field.name, sampleOf(field.type)]));
  }
  return { Int: 100, Float: 1, Boolean: true, DateTime: '2026-01-01T00:00:00.000Z' }[plain.name] ?? 'x';
}

describe('The page’s own documents', () => {
  for (const [name, document] of operations)
    it(`${name} keeps to the limits, with the largest page it may ask for`, () => {
      const operation = document.definitions.find(
        (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
      )!;
      const variables = Object.fromEntries(
        (operation.variableDefinitions ?? []).map(({ variable, type }) => [
          variable.name.value,
          sampleOf(typeFromAST(schema, type as never) as unknown as GraphQLInputType),
        ]),
      );
      const admitted = limits.admit({ query: print(document), operationName: name, variables });
      expect('kind' in admitted ? '' : admitted.map(({ message }) => message).join()).to.equal('');
    });
});
