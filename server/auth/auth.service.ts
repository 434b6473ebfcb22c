import type { EntityManager } from 'typeorm';
import { RequestError, UserError } from '../errors.js';
import type { Storage } from '../storage/data-source.js';
import { Account } from '../storage/entities/account.js';
import { Session } from '../storage/entities/session.js';
import { SetupLink } from '../storage/entities/setup-link.js';
import { User } from '../storage/entities/user.js';
import { createId } from '../storage/ids.js';
import { checkPassword, type Passwords } from './passwords.js';
import { createThrottle } from './throttle.js';
import { createRandomToken, hashToken } from './tokens.js';

/** Where a sign-in comes from. */
export interface Origin {
  address: string;
  userAgent: string;
}

export interface NewOperator {
  email: string;
  password: string;
  name: string;
  accountName: string;
}

/** People: how they come in, and how they prove who they are. */
export interface AuthService {
  /** Whether nobody has set this instance up yet. */
  isSetupOpen(): Promise<boolean>;
  /** Makes a new setup token, the only valid one; null once somebody exists. */
  createSetupToken(): Promise<string | null>;
  /** Makes the operator and the first account, once; answers a session's token. */
  completeSetup(setupToken: string, operator: NewOperator, origin: Origin): Promise<string>;
  /** Makes the operator unless somebody exists already. */
  ensureOperator(operator: NewOperator): Promise<void>;
  /** Answers a new session's token; UserError INVALID_CREDENTIALS or TOO_MANY_ATTEMPTS. */
  signIn(email: string, password: string, origin: Origin): Promise<string>;
  signOut(sessionHash: string): Promise<void>;
  /** Ends all other sessions. */
  changePassword(
    user: User,
    sessionHash: string | null,
    currentPassword: string,
    newPassword: string,
  ): Promise<void>;
}

export interface AuthServiceDeps {
  storage: Storage;
  passwords: Passwords;
  /** Called when a credential has ended. */
  onRevoked: () => void;
}

const MAX_NAME = 100;

export function createAuthService({ storage, passwords, onRevoked }: AuthServiceDeps): AuthService {
  const throttle = createThrottle();
  const isSetupOpen = async (manager = storage.read): Promise<boolean> => !(await manager.exists(User));

  async function insertOperator(
    manager: EntityManager,
    operator: NewOperator,
    passwordHash: string,
  ): Promise<User> {
    const now = new Date();
    const user = Object.assign(new User(), {
      ...{ id: createId('usr'), email: normalizeEmail(operator.email), name: operator.name.trim() },
      ...{ passwordHash, isOperator: true, createdAt: now },
    });
    const id = createId('acc');
    await manager.insert(User, user);
    await manager.insert(Account, {
      id,
      parentId: null,
      path: `${id}/`,
      name: operator.accountName.trim(),
      createdAt: now,
    });
    return user;
  }

  async function openSession(
    manager: EntityManager,
    userId: string,
    { address, userAgent }: Origin,
  ): Promise<string> {
    const token = createRandomToken();
    const now = new Date();
    const session = { tokenHash: hashToken(token), userId, address, userAgent: userAgent.slice(0, 255) };
    await manager.insert(Session, { ...session, createdAt: now, lastSeenAt: now });
    return token;
  }

  /** Counts the guess before it is judged, so that guesses at the same time count too. */
  async function guess(keys: string[], isRight: () => Promise<boolean>): Promise<boolean> {
    const wait = throttle.waitSeconds(keys, Date.now());
    if (wait > 0)
      throw new UserError({
        path: ['password'],
        code: 'TOO_MANY_ATTEMPTS',
        message: `Too many tries: wait ${wait} seconds, then try again.`,
      });
    throttle.count(keys, Date.now());
    const right = await isRight();
    if (right && keys[0] !== undefined) throttle.forget(keys[0]);
    return right;
  }

  return {
    isSetupOpen: () => isSetupOpen(),
    async createSetupToken() {
      const token = createRandomToken();
      return storage.write(async (manager) => {
        if (!(await isSetupOpen(manager))) return null;
        await manager.createQueryBuilder().delete().from(SetupLink).execute();
        await manager.insert(SetupLink, { tokenHash: hashToken(token), createdAt: new Date() });
        return token;
      });
    },
    async completeSetup(setupToken, operator, origin) {
      const link = { tokenHash: hashToken(setupToken) };
      if (!(await isSetupOpen())) throw alreadySetUp();
      if (!(await storage.read.existsBy(SetupLink, link))) throw invalidLink();
      checkOperator(operator);
      const passwordHash = await passwords.hash(operator.password);
      return storage.write(async (manager) => {
        const { affected } = await manager.delete(SetupLink, link);
        if (affected === 0 || !(await isSetupOpen(manager))) throw alreadySetUp();
        const user = await insertOperator(manager, operator, passwordHash);
        return openSession(manager, user.id, origin);
      });
    },
    async ensureOperator(operator) {
      if (!(await isSetupOpen())) return;
      checkOperator(operator);
      const passwordHash = await passwords.hash(operator.password);
      await storage.write(async (manager) => {
        if (await isSetupOpen(manager)) await insertOperator(manager, operator, passwordHash);
      });
    },
    async signIn(email, password, origin) {
      const address = normalizeEmail(email);
      const user = await storage.read.findOneBy(User, { email: address });
      const matches = await guess([`email ${address}`, `address ${origin.address}`], () =>
        passwords.verify(user?.passwordHash ?? null, password),
      );
      if (!user || !matches)
        throw new UserError({
          path: ['password'],
          code: 'INVALID_CREDENTIALS',
          message: 'Email and password do not match.',
        });
      return storage.write((manager) => openSession(manager, user.id, origin));
    },
    async signOut(tokenHash) {
      await storage.write((manager) => manager.delete(Session, { tokenHash }));
      onRevoked();
    },
    async changePassword(user, sessionHash, currentPassword, newPassword) {
      const stored = await storage.read.findOneByOrFail(User, { id: user.id });
      const matches = await guess([`change ${user.id}`], () =>
        passwords.verify(stored.passwordHash, currentPassword),
      );
      if (!matches)
        throw new UserError({
          path: ['currentPassword'],
          code: 'INVALID_CREDENTIALS',
          message: 'This is not your current password.',
        });
      const wrong = checkPassword(newPassword, 'newPassword');
      if (wrong.length > 0) throw new UserError(wrong);
      const passwordHash = await passwords.hash(newPassword);
      await storage.write(async (manager) => {
        await manager.update(User, { id: user.id }, { passwordHash });
        const others = manager
          .createQueryBuilder()
          .delete()
          .from(Session)
          .where('userId = :id', { id: user.id });
        await others.andWhere('tokenHash <> :kept', { kept: sessionHash ?? '' }).execute();
      });
      onRevoked();
    },
  };
}

const normalizeEmail = (email: string): string => email.trim().toLowerCase();

function checkOperator({ email, password, name, accountName }: NewOperator): void {
  const wrong = [
    ...checkPassword(password, 'password'),
    ...checkText(name, 'name', 'Enter your name.'),
    ...checkText(accountName, 'accountName', 'Name the first account, for example after your company.'),
  ];
  if (!/^[^\s@]+@[^\s@]+$/.test(email.trim()) || email.length > 254)
    wrong.push({ path: ['email'], code: 'INVALID', message: 'This is no email address.' });
  if (wrong.length > 0) throw new UserError(wrong);
}

function checkText(text: string, field: string, ifEmpty: string): UserError['items'] {
  if (text.trim() === '') return [{ path: [field], code: 'REQUIRED', message: ifEmpty }];
  if (text.trim().length > MAX_NAME)
    return [{ path: [field], code: 'TOO_LONG', message: `At most ${MAX_NAME} characters.` }];
  return [];
}

const invalidLink = (): UserError =>
  new UserError({
    path: ['setupToken'],
    code: 'INVALID_CREDENTIALS',
    message: 'This setup link is not valid: use the newest one, which the server prints when it starts.',
  });

const alreadySetUp = (): RequestError =>
  new RequestError('FORBIDDEN', 'Hookwatch is set up already: sign in instead.');
