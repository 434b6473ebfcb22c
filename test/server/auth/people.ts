import { openSession } from '../../../server/auth/sessions.js';
import { hashToken } from '../../../server/auth/tokens.js';
import type { Principal } from '../../../server/auth/principal.js';
import type { Authenticator } from '../../../server/auth/authenticator.js';
import type { Storage } from '../../../server/storage/data-source.js';
import { Account } from '../../../server/storage/entities/account.js';
import { ApiToken, type TokenScope } from '../../../server/storage/entities/api-token.js';
import { Membership, type Role } from '../../../server/storage/entities/membership.js';
import { User } from '../../../server/storage/entities/user.js';
import { createId } from '../../../server/storage/ids.js';
import { createApiTokenText } from '../../../server/auth/tokens.js';
import { createBrowserUser, type BrowserUser } from './browser-user.js';

/** Puts an account into the tree. */
export async function addAccount(
  storage: Storage,
  name: string,
  parent: Account | null = null,
): Promise<Account> {
  const id = createId('acc');
  const place = { parentId: parent?.id ?? null, path: `${parent?.path ?? ''}${id}/` };
  const account = Object.assign(new Account(), { id, name, ...place, createdAt: new Date() });
  await storage.write((manager) => manager.insert(Account, account));
  return account;
}

/** Adds somebody with roles on accounts, who has no password; `isOperator` for the operator. */
export async function addPerson(
  storage: Storage,
  roles: Array<[account: Pick<Account, 'id'>, role: Role]>,
  isOperator = false,
): Promise<User> {
  const id = createId('usr');
  const named = { id, email: `${id.toLowerCase()}@example.com`, name: 'Somebody', passwordHash: 'none' };
  const user = Object.assign(new User(), { ...named, isOperator, createdAt: new Date() });
  await storage.write(async (manager) => {
    await manager.insert(User, user);
    for (const [account, role] of roles)
      await manager.insert(Membership, { userId: id, accountId: account.id, role, createdAt: new Date() });
  });
  return user;
}

/** Opens a session; answers what the cookie would hold. */
export const addSession = (storage: Storage, { id }: Pick<User, 'id'>): Promise<string> =>
  storage.write((manager) => openSession(manager, id, { address: '127.0.0.1', userAgent: 'a test' }));

/** A browser in which somebody is signed in. */
export const browserOf = async (
  url: string,
  storage: Storage,
  person: Pick<User, 'id'>,
): Promise<BrowserUser> => createBrowserUser(url, `hookwatch=${await addSession(storage, person)}`);

/** Adds an API token; answers its text. */
export async function addToken(
  storage: Storage,
  account: Account,
  creator: User | null,
  scopes: TokenScope[],
  change: Partial<ApiToken> = {},
): Promise<string> {
  const text = createApiTokenText();
  const token = {
    ...{ id: createId('tok'), accountId: account.id, name: 'A program', scopes, tokenHash: hashToken(text) },
    ...{ lastFour: text.slice(-4), createdById: creator?.id ?? null, createdAt: new Date() },
    ...{ expiresAt: null, lastUsedAt: null, revokedAt: null, ...change },
  };
  await storage.write((manager) => manager.insert(ApiToken, token));
  return text;
}

export const byCookie = (authenticator: Authenticator, sessionCookie: string): Promise<Principal> =>
  authenticator.authenticate({ authorization: undefined, sessionCookie });

export const byToken = (authenticator: Authenticator, text: string): Promise<Principal> =>
  authenticator.authenticate({ authorization: `Bearer ${text}`, sessionCookie: undefined });

/** The stable code of what a promise fails with, or `none`. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: Error & { code?: string; items?: Array<{ code: string }> }) =>
      error.code ?? error.items?.[0]?.code ?? error.message,
  );
