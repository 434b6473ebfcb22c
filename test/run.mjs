// `npm test`: every check and every test, all reported together. For work on one part there are
// `--only server`, `client`, `e2e` or `checks` and `--grep TEXT` (these compile, but leave the checks out).
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installMissing } from './helpers/packages.mjs';

/**
 * @typedef {object} Check
 * @property {string} title
 * @property {string[]} command parameters of node
 */

/** @type {Check} */
const types = { title: 'Types of server and tests', command: ['node_modules/typescript/bin/tsc', '-b'] };
/** @type {Check} */
const clientBuild = { title: 'Build of the client', command: ['client/build.mjs'] };
/** @type {Check[]} */
const independent = [
  types,
  {
    title: 'Lint, with import rules',
    command: ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings=0'],
  },
  {
    title: 'Format',
    command: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
  },
];
/** @type {Check[]} */
const afterTypes = [
  {
    title: 'Types of the client',
    command: ['node_modules/vue-tsc/bin/vue-tsc.js', '--noEmit', '-p', 'client'],
  },
  { title: 'Schema is up to date', command: ['dist/server/emit-schema.js', '--check'] },
  { title: 'Table of settings is up to date', command: ['dist/server/emit-settings.js', '--check'] },
  {
    title: "Types of the client's documents are up to date",
    command: ['client/graphql/codegen.mjs', '--check'],
  },
  clientBuild,
];

/** The folders of tests and the programs that they start. @type {Record<string, import('./helpers/packages.mjs').ProgramName[]>} */
const suites = {
  server: ['mariadbd', 'mariadb-install-db', 'redis-server'],
  client: [],
  e2e: ['chromium'],
};

/** How many checks run at a time. */
const lanes = 2;

const { values } = parseArgs({ options: { only: { type: 'string' }, grep: { type: 'string' } } });

async function main() {
  const partly = values.only !== undefined || values.grep !== undefined;
  const chosen = values.only === undefined ? Object.keys(suites) : [values.only];
  const folders = chosen.filter((folder) => folder !== 'checks');
  try {
    installMissing(folders.flatMap((folder) => suites[folder] ?? unknownSuite(folder)));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return conclude(0, 1);
  }
  const failedChecks =
    partly && values.only !== 'checks'
      ? await runChecks(folders.includes('e2e') ? [types, clientBuild] : [types])
      : [...(await runChecks(independent)), ...(await runChecks(afterTypes))];
  const { passed, failed } = folders.length > 0 ? await runTests(folders) : { passed: 0, failed: 0 };
  for (const title of failedChecks) console.log(`Failed: ${title}`);
  return conclude(passed, failed + failedChecks.length);
}

/** Prints the counts as the last line and answers the exit code. @param {number} passed @param {number} failed */
function conclude(passed, failed) {
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

/** @param {string} folder @returns {never} */
function unknownSuite(folder) {
  throw new Error(`--only knows ${[...Object.keys(suites), 'checks'].join(', ')}, not ${folder}`);
}

/** Runs checks a few at a time and answers the titles of those that failed. @param {Check[]} checks */
async function runChecks(checks) {
  const waiting = [...checks];
  /** @type {string[]} */
  const failed = [];
  const runLane = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      if (!(await runCheck(check))) failed.push(check.title);
    }
  };
  await Promise.all(Array.from({ length: lanes }, runLane));
  return failed;
}

/** Runs a check to its end, then prints its line and, where it failed, its output. @param {Check} check */
async function runCheck({ title, command }) {
  const startedAt = Date.now();
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const passed = (await ended(child)) === 0;
  console.log(`${passed ? '✓' : '✗'} ${title} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
  if (!passed) console.log(output.trimEnd());
  return passed;
}

/** Runs the tests of the folders with Mocha and answers its counts. @param {string[]} folders */
async function runTests(folders) {
  const results = mkdtempSync(join(tmpdir(), 'hookwatch-'));
  const counts = join(results, 'counts.json');
  const options = ['--reporter', 'dist/test/helpers/reporter.js', '--reporter-option', `counts=${counts}`];
  if (values.grep !== undefined) options.push('--grep', values.grep);
  if (process.env['CI'] === 'true') options.push('--forbid-pending');
  const files = folders.flatMap(compiledTests);
  const child = spawn(process.execPath, ['node_modules/mocha/bin/mocha.js', ...options, ...files], {
    stdio: 'inherit',
  });
  // Mocha ends the programs it started when it is interrupted; Ctrl-C reaches it by itself.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGINT'));
  const code = await ended(child);
  try {
    const { passes, failures } = /** @type {{ passes: number, failures: number }} */ (
      JSON.parse(readFileSync(counts, 'utf8'))
    );
    return { passed: passes, failed: failures === 0 && code !== 0 ? 1 : failures };
  } catch {
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(results, { recursive: true });
  }
}

/** What the compiler made of the tests that exist; what remains of deleted ones is left alone. @param {string} folder */
function compiledTests(folder) {
  const names = readdirSync(join('test', folder), { recursive: true, encoding: 'utf8' });
  const tests = names.filter((name) => name.endsWith('.test.ts')).sort();
  return tests.map((name) => join('dist/test', folder, name.replace(/\.ts$/, '.js')));
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<number | null>} */
const ended = (child) => new Promise((resolve) => child.once('close', resolve));

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
process.exitCode = await main();
