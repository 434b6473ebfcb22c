// Writes generated.ts from schema/schema.graphql and the .graphql files beside this one; `--check` only compares.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { codegen } from '@graphql-codegen/core';
import * as operations from '@graphql-codegen/typescript-operations';
import * as documentNode from '@graphql-codegen/typed-document-node';
import { parse } from 'graphql';

const here = new URL('.', import.meta.url);
const target = new URL('generated.ts', here);
const read = (url) => parse(readFileSync(url, 'utf8'));
const files = readdirSync(here)
  .filter((name) => name.endsWith('.graphql'))
  .sort();
const text = await codegen({
  schema: read(new URL('../../schema/schema.graphql', here)),
  documents: files.map((name) => ({ location: name, document: read(new URL(name, here)) })),
  plugins: [{ operations: {} }, { documentNode: {} }],
  pluginMap: { operations, documentNode },
  config: {
    scalars: { DateTime: 'string', JSON: 'unknown', URL: 'string', ID: 'string' },
    enumType: 'string-literal',
    useTypeImports: true,
    dedupeFragments: true,
    skipTypename: true,
    disableDescriptions: true,
  },
  filename: 'generated.ts',
});

if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
  console.error('client/graphql/generated.ts is out of date: run node client/graphql/codegen.mjs');
  process.exit(1);
}
