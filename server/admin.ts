import { existsSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { createPasswords } from './auth/passwords.js';
import { createPersonAdmin } from './auth/person-admin.js';
import { createRandomToken } from './auth/tokens.js';
import { loadConfig, type Config } from './config.js';
import { ConfigError, UserError } from './errors.js';
import { recordChange, type Actor } from './storage/audit.js';
import { backUp } from './storage/backup.js';
import { openStorage, type Storage } from './storage/data-source.js';
import { addKey, keyFileOf } from './storage/key-file.js';
import { resealSecrets } from './storage/reseal.js';
import { sqliteFile } from './storage/sqlite-file.js';

const usage = `Usage: npm run admin -- COMMAND

Works on the database of DATABASE_URL, with the server’s own settings, while it runs or not.

  reset-password EMAIL                 sets a new password and ends the person’s sessions
  create-operator EMAIL [--name NAME]  makes an operator, or an operator of somebody who exists
  remove-operator EMAIL                leaves an operator the roles on accounts only
  rotate-key                           encrypts all stored secrets under a new key
  backup FILE                          copies the database, as of one moment, into a new file

The first two make a password and print it; with --password-stdin they read it from standard input.
`;

/** What a command is run with. */
interface Run {
  config: Config;
  storage: Storage;
  argument: string;
  options: { name?: string | undefined; 'password-stdin'?: boolean | undefined };
}

interface Command {
  /** What it must be given; null: nothing. */
  argument: string | null;
  run(run: Run): Promise<void>;
}

const by: Actor = { name: 'Admin command', address: null };

const commands: Record<string, Command> = {
  'reset-password': {
    argument: 'EMAIL',
    async run({ storage, argument: email, options }) {
      const { password, told } = await choosePassword(options);
      await createPersonAdmin(storage, createPasswords(), by).resetPassword(email, password);
      console.log(`The password of ${email} is set${told}. All sessions of this person have ended.`);
    },
  },
  'create-operator': {
    argument: 'EMAIL',
    async run({ storage, argument: email, options }) {
      const { password, told } = await choosePassword(options);
      const name = options.name ?? email.split('@')[0] ?? email;
      const done = await createPersonAdmin(storage, createPasswords(), by).createOperator(
        email,
        name,
        password,
      );
      console.log(
        done === 'created'
          ? `${email} is an operator now${told}.`
          : `${email} is an operator now; the password stays as it was.`,
      );
    },
  },
  'remove-operator': {
    argument: 'EMAIL',
    async run({ storage, argument: email }) {
      await createPersonAdmin(storage, createPasswords(), by).removeOperator(email);
      console.log(`${email} is no operator any more; roles on accounts stay.`);
    },
  },
  'rotate-key': {
    argument: null,
    async run({ config, storage }) {
      if (config.secretKeys === null) addKey(keyFileOf(sqliteFile(config.databaseUrl)));
      const { secrets, unreadable } = await resealSecrets(storage);
      await storage.write((manager) =>
        recordChange(manager, by, {
          ...{ accountId: null, action: 'instance.key_rotated', target: 'instance', changes: { secrets } },
        }),
      );
      console.log(
        `${secrets} secrets are encrypted under the new key now. ${afterRotation(config, secrets)}`,
      );
      if (unreadable.length > 0)
        throw new ConfigError(
          `None of the keys opens the secrets of ${unreadable.join(', ')}: enter them again.`,
        );
    },
  },
  backup: {
    argument: 'FILE',
    async run({ config, storage, argument: file }) {
      const bytes = await backUp(config.databaseUrl, file);
      await storage.write((manager) =>
        recordChange(manager, by, {
          ...{ accountId: null, action: 'instance.backed_up', target: 'instance', changes: { bytes } },
        }),
      );
      const key =
        config.secretKeys === null ? keyFileOf(sqliteFile(config.databaseUrl)) : 'the value of SECRET_KEY';
      console.log(
        `${file} holds the whole database (${bytes} bytes), but not the key. Keep it apart: ${key}.`,
      );
    },
  },
};

/** What is left to do by hand. */
function afterRotation({ secretKeys }: Config, secrets: number): string {
  if (secretKeys === null)
    return 'The old key stays in the second line of the key file until the next rotation.';
  if (secrets === 0 && secretKeys.length === 1)
    return 'SECRET_KEY holds one key: put a new one before it, with a comma between, restart, and repeat this.';
  return 'Once every process was started with the new key first, the old one can leave SECRET_KEY.';
}

async function choosePassword(options: Run['options']): Promise<{ password: string; told: string }> {
  if (options['password-stdin'])
    return { password: (await readAll(process.stdin)).replace(/\r?\n$/, ''), told: '' };
  const password = createRandomToken().slice(0, 24);
  return { password, told: `: ${password}` };
}

/** Runs one command; answers the exit code: 0 done, 1 failed, 2 not understood. */
async function main(parameters: string[]): Promise<number> {
  const parsed = parse(parameters);
  if (parsed === 'help') {
    console.log(usage);
    return 0;
  }
  if (typeof parsed === 'string') {
    console.error(`${parsed}\n\n${usage}`);
    return 2;
  }
  try {
    const config = loadConfig();
    const { databaseUrl } = config;
    if (databaseUrl.startsWith('sqlite:') && !existsSync(sqliteFile(databaseUrl)))
      throw new ConfigError(`There is no database at ${sqliteFile(databaseUrl)}: set DATABASE_URL.`);
    const storage = await openStorage(config);
    try {
      await parsed.command.run({ config, storage, argument: parsed.argument, options: parsed.options });
    } finally {
      await storage.dispose();
    }
    return 0;
  } catch (error) {
    const clear = error instanceof ConfigError || error instanceof UserError;
    console.error(clear ? error.message : error);
    return 1;
  }
}

/** What is to be done, `help`, or what is wrong with the parameters. */
function parse(
  parameters: string[],
): { command: Command; argument: string; options: Run['options'] } | string {
  try {
    const { values, positionals } = parseArgs({
      args: parameters,
      allowPositionals: true,
      options: {
        name: { type: 'string' },
        'password-stdin': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const [name, argument, ...rest] = positionals;
    if (values.help || name === undefined || name === 'help') return 'help';
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!command) return `There is no command ${name}.`;
    if (rest.length > 0 || (argument === undefined) !== (command.argument === null))
      return `${name} takes ${command.argument === null ? 'nothing more' : `one ${command.argument}`}.`;
    return { command, argument: argument ?? '', options: values };
  } catch (error) {
    return (error as Error).message;
  }
}

process.exitCode = await main(process.argv.slice(2));
