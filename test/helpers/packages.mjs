import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * A program that the tests start and npm does not bring.
 * @typedef {object} Program
 * @property {string} variable names its path where it lies elsewhere
 * @property {string[]} names as found on the PATH
 * @property {string[]} paths where it lies beside the PATH
 * @property {string[]} debian packages of Debian that hold it
 */

const programs = {
  chromium: {
    variable: 'CHROMIUM_PATH',
    names: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'],
    paths: [
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
    ],
    debian: ['chromium'],
  },
  mariadbd: {
    variable: 'MARIADBD_PATH',
    names: ['mariadbd'],
    paths: ['/usr/sbin/mariadbd', '/usr/libexec/mariadbd'],
    debian: ['mariadb-server-core', 'mariadb-client-core'],
  },
  'mariadb-install-db': {
    variable: 'MARIADB_INSTALL_DB_PATH',
    names: ['mariadb-install-db'],
    paths: [],
    debian: ['mariadb-server-core', 'mariadb-client-core'],
  },
  'redis-server': {
    variable: 'REDIS_SERVER_PATH',
    names: ['redis-server'],
    paths: [],
    debian: ['redis-server'],
  },
};

/** @typedef {keyof typeof programs} ProgramName */

/** The path of an installed program. @param {ProgramName} name @returns {string | undefined} */
export function findProgram(name) {
  const { variable, names, paths } = programs[name];
  const named = process.env[variable];
  if (named) return named;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return [...names.flatMap((file) => folders.map((folder) => join(folder, file))), ...paths].find(
    isExecutable,
  );
}

/** The path of an installed program, or an error that says how to install it. @param {ProgramName} name */
export function requireProgram(name) {
  const path = findProgram(name);
  if (path === undefined) throw new Error(howToInstall([name]));
  return path;
}

/**
 * Installs Debian's packages of the programs that are missing, where this process may.
 * @param {ProgramName[]} names
 * @throws {Error} that says what to install, where it may not or could not
 */
export function installMissing(names) {
  const missing = names.filter((name) => findProgram(name) === undefined);
  if (missing.length === 0) return;
  if (process.getuid?.() === 0 && onPath('apt-get')) {
    console.log(`Installing ${packagesOf(missing).join(', ')}`);
    apt('update');
    apt('install', '--yes', '--no-install-recommends', ...packagesOf(missing));
  }
  const still = missing.filter((name) => findProgram(name) === undefined);
  if (still.length > 0) throw new Error(howToInstall(still));
}

/** @param {string[]} parameters */
function apt(...parameters) {
  const { stderr, status } = spawnSync('apt-get', ['--quiet', ...parameters], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) console.error(`apt-get ${parameters.join(' ')} failed\n${stderr}`);
}

/** @param {ProgramName[]} names */
function howToInstall(names) {
  const variables = names.map((name) => `${name} (or its path in ${programs[name].variable})`);
  return [
    `Missing: ${variables.join(', ')}.`,
    `On Debian: sudo apt-get install ${packagesOf(names).join(' ')}`,
    'On macOS: brew install mariadb redis && brew install --cask google-chrome',
  ].join('\n');
}

/** @param {ProgramName[]} names */
const packagesOf = (names) => [...new Set(names.flatMap((name) => programs[name].debian))];

/** @param {string} name */
const onPath = (name) =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => isExecutable(join(folder, name)));

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
