import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../../server/config.js';
import { stopDatabases } from '../helpers/databases.js';
import { installMissing } from '../helpers/packages.mjs';
import { exitOnSignals } from '../helpers/processes.js';
import { withBench } from './bench.js';
import { progress, type Row } from './measure.js';
import { describeMachine, toJson, toMarkdown } from './report.js';
import { scenarios } from './scenarios/index.js';

// `npm run bench [-- NAME…] [--json]`: the rows of docs/benchmarks.md, measured here and now. `--markdown` without names
// also writes them there.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, markdown: { type: 'boolean' } },
});

exitOnSignals();

async function measure(names: readonly string[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of names) {
    progress(`== ${name}`);
    rows.push(...(await withBench(scenarios[name]!)));
  }
  return rows;
}

const unknown = positionals.find((name) => !(name in scenarios));
if (unknown !== undefined) {
  console.error(`There is no ${unknown}; there are: ${Object.keys(scenarios).join(', ')}`);
  process.exit(1);
}
installMissing(['mariadbd', 'mariadb-install-db', 'redis-server']);
const rows = await measure(positionals.length > 0 ? positionals : Object.keys(scenarios)).finally(
  stopDatabases,
);
const machine = describeMachine();
const table = toMarkdown(rows, machine);
console.log(values.json ? toJson(rows, machine) : table);
if (values.markdown && positionals.length === 0) writeDocument(table);

function writeDocument(table: string): void {
  const file = join(projectRoot, 'docs/benchmarks.md');
  const place = /(?<=<!-- results -->\n)[^]*?(?=<!-- \/results -->)/;
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(place, () => `${table}\n`),
  );
}
