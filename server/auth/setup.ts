import type { EntityManager } from 'typeorm';
import { ConfigError, RequestError, UserError, type UserErrorItem } from '../errors.js';
import { hookwatch, recordChange, type Actor } from '../storage/audit.js';
import type { Storage } from '../storage/data-source.js';
import { Account } from '../storage/entities/account.js';
import { Membership, Role } from '../storage/entities/membership.js';
import { SetupLink } from '../storage/entities/setup-link.js';
import { User } from '../storage/entities/user.js';
import { createId } from '../storage/ids.js';
import { checkName } from './names.js';
import { checkPassword, type Passwords } from './passwords.js';
import { openSession, type Origin } from './sessions.js';
import { createRandomToken, hashToken } from './tokens.js';

export interface NewOperator {
  email: string;
  password: string;
  name: string;
  accountName: string;
}

/** How the first person comes in: open until somebody exists, then closed for ever. */
export interface Setup {
  /** Whether nobody has set this instance up yet. */
  isSetupOpen(): Promise<boolean>;
  /** Makes a new setup token, the only valid one; null once somebody exists. */
  createSetupToken(): Promise<string | null>;
  /** Makes the operator and the first account, once; answers a session's token. */
  completeSetup(setupToken: string, operator: NewOperator, origin: Origin): Promise<string>;
  /** Makes the configured operator unless somebody exists; ConfigError when the settings are not good enough. */
  ensureOperator(operator: NewOperator): Promise<void>;
}

export function createSetup({ storage, passwords }: { storage: Storage; passwords: Passwords }): Setup {
  const isOpen = async (manager: EntityManager): Promise<boolean> => !(await manager.exists(User));
  const isSetupOpen = (): Promise<boolean> => isOpen(storage.read);

  async function createSetupToken(): Promise<string | null> {
    const token = createRandomToken();
    return storage.write(async (manager) => {
      if (!(await isOpen(manager))) return null;
      await removeLinks(manager);
      await manager.insert(SetupLink, { tokenHash: hashToken(token), createdAt: new Date() });
      return token;
    });
  }

  /** Answers null when the link is no longer there: of all who use it, or another link, only one comes through. */
  function claim<T>(setupToken: string, work: (manager: EntityManager) => Promise<T>): Promise<T | null> {
    return storage.write(async (manager) => {
      const links = await manager.query<Array<{ token_hash: string }>>(
        `select token_hash from setup_links ${storage.sql.forUpdate}`,
      );
      if (!links.some(({ token_hash }) => token_hash === hashToken(setupToken))) return null;
      if (!(await isOpen(manager))) return null;
      await removeLinks(manager);
      return work(manager);
    });
  }

  return {
    isSetupOpen,
    createSetupToken,
    async completeSetup(setupToken, operator, origin) {
      if (!(await isSetupOpen())) throw alreadySetUp();
      if (!(await storage.read.existsBy(SetupLink, { tokenHash: hashToken(setupToken) })))
        throw invalidLink();
      checkOperator(operator);
      const passwordHash = await passwords.hash(operator.password);
      const by = { name: normalizeEmail(operator.email), address: origin.address };
      const session = await claim(setupToken, async (manager) =>
        openSession(manager, await insertOperator(manager, operator, passwordHash, by), origin),
      );
      if (session === null) throw (await isSetupOpen()) ? invalidLink() : alreadySetUp();
      return session;
    },
    async ensureOperator(operator) {
      if (!(await isSetupOpen())) return;
      checkConfigured(operator);
      const passwordHash = await passwords.hash(operator.password);
      // Of several processes that start at once, the one with the newest link makes the operator.
      const token = await createSetupToken();
      if (token !== null)
        await claim(token, (manager) => insertOperator(manager, operator, passwordHash, hookwatch));
    },
  };
}

/** `manager.clear` would truncate, which ends the transaction on MySQL. */
const removeLinks = (manager: EntityManager): Promise<unknown> =>
  manager.createQueryBuilder().delete().from(SetupLink).execute();

/** One spelling per mailbox; longer than any address is no address. */
export const normalizeEmail = (email: string): string => email.trim().toLowerCase().slice(0, 255);

/** What is wrong with an address in its one spelling. */
export const checkEmail = (address: string): UserErrorItem[] =>
  address.length > 254 || !/^[^\s@\p{Cc}\p{Cs}]+@[^\s@\p{Cc}\p{Cs}]+$/u.test(address)
    ? [{ path: ['email'], code: 'INVALID', message: 'This is no email address.' }]
    : [];

/** Answers the operator's id; the first account is theirs. */
async function insertOperator(
  manager: EntityManager,
  { email, name, accountName }: NewOperator,
  passwordHash: string,
  by: Actor,
): Promise<string> {
  const createdAt = new Date();
  const userId = createId('usr');
  const accountId = createId('acc');
  const user = { id: userId, email: normalizeEmail(email), name: name.trim(), passwordHash };
  await manager.insert(User, { ...user, isOperator: true, createdAt });
  const account = { id: accountId, parentId: null, path: `${accountId}/`, name: accountName.trim() };
  await manager.insert(Account, { ...account, createdAt });
  await manager.insert(Membership, { userId, accountId, role: Role.ADMIN, createdAt });
  const changes = { operator: user.email, account: account.name };
  await recordChange(manager, by, { accountId, action: 'instance.set_up', target: accountId, changes });
  return userId;
}

function checkOperator({ email, password, name, accountName }: NewOperator): void {
  const wrong = [
    ...checkEmail(normalizeEmail(email)),
    ...checkName(name, 'name', 'Enter your name.'),
    ...checkPassword(password, 'password'),
    ...checkName(accountName, 'accountName', 'Name the first account, for example after your company.'),
  ];
  if (wrong.length > 0) throw new UserError(wrong);
}

function checkConfigured(operator: NewOperator): void {
  try {
    checkOperator(operator);
  } catch (error) {
    if (error instanceof UserError)
      throw new ConfigError(`ADMIN_EMAIL and ADMIN_PASSWORD cannot make the operator: ${error.message}`);
    throw error;
  }
}

const invalidLink = (): UserError =>
  new UserError({
    path: ['setupToken'],
    code: 'INVALID_CREDENTIALS',
    message: 'This setup link is not valid: use the newest one, which the server prints when it starts.',
  });

const alreadySetUp = (): RequestError =>
  new RequestError('FORBIDDEN', 'Hookwatch is set up already: sign in instead.');
