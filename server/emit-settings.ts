import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot, settingsTable } from './config.js';

/** Writes the README's table of settings; with `--check` only compares, and fails when it is out of date. */
const file = join(projectRoot, 'README.md');
const table = /(?<=<!-- settings -->\n)[^]*?(?=<!-- \/settings -->)/;
const text = readFileSync(file, 'utf8');
if (!table.test(text)) throw new Error('README.md needs <!-- settings --> and <!-- /settings -->.');
const current = text.replace(table, () => `${settingsTable()}\n`);

if (!process.argv.includes('--check')) writeFileSync(file, current);
else if (text !== current) {
  console.error('README.md is out of date: run `npm run settings` and commit it.');
  process.exitCode = 1;
}
