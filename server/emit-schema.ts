import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './config.js';
import { createSchema, printSdl } from './schema.js';

/** Writes schema/schema.graphql; with `--check` only compares, and fails when it is out of date. */
const file = join(projectRoot, 'schema/schema.graphql');
const sdl = printSdl(await createSchema(new Map()));

if (!process.argv.includes('--check')) writeFileSync(file, sdl);
else if (readFileSync(file, 'utf8') !== sdl) {
  console.error('schema/schema.graphql is out of date: run `npm run schema` and commit it.');
  process.exitCode = 1;
}
