import { notFound, RequestError } from '../errors.js';
import { batchedById } from '../storage/batched.js';
import type { Storage } from '../storage/data-source.js';
import { Account } from '../storage/entities/account.js';
import type { Role } from '../storage/entities/membership.js';
import type { Permission, Principal } from './principal.js';

/** What one request, or one operation on a socket, may do. */
export interface Access {
  readonly principal: Principal;
  /** Throws UNAUTHENTICATED for nobody. */
  requireSignedIn(): void;
  /**
   * The account; NOT_FOUND when it is unknown or out of sight, FORBIDDEN when only this permission is missing. A deleted
   * account can still be read, for its log, but nothing else.
   */
  requireAccount(accountId: string, permission: Permission): Promise<Account>;
  /** The account if the caller holds the permission there, or any permission when none is named; else null. */
  findAccount(accountId: string, permission?: Permission): Promise<Account | null>;
  can(permission: Permission, account: Pick<Account, 'path'>): boolean;
  /** The strongest role that holds on the account; null: none. */
  roleOn(account: Pick<Account, 'path'>): Role | null;
  /** Paths of all that may be read, with what is below them; '' is everything. */
  readablePaths(): string[];
  /** Paths of all where the permission holds; FORBIDDEN when that is nowhere. */
  requirePaths(permission: Permission): string[];
  /** The access of somebody else, such as of whom the request has just signed in. */
  as(principal: Principal): Access;
}

const needs: Record<Permission, string> = {
  READ: 'This takes a role on the account, or the scope READ.',
  MANAGE: 'This takes the role ADMIN on the account; tokens may not do it.',
  WEBHOOKS_WRITE: 'This takes the role ADMIN on the account, or the scope WEBHOOKS_WRITE.',
  EVENTS_WRITE: 'This takes the role ADMIN on the account, or the scope EVENTS_WRITE.',
};

/** Accounts are read once, in batches: make a new one for each request and each operation. */
export function createAccess(principal: Principal, storage: Storage): Access {
  const load = batchedById(storage.read, Account);
  const loaded = new Map<string, Promise<Account | null>>();

  const grantsOn = ({ path }: Pick<Account, 'path'>): Principal['grants'] =>
    principal.grants.filter(({ account }) => path.startsWith(account.path));

  const can: Access['can'] = (permission, account) =>
    principal.isOperator || grantsOn(account).some(({ permissions }) => permissions.has(permission));

  const canAnything = (account: Account): boolean =>
    principal.isOperator || grantsOn(account).some(({ permissions }) => permissions.size > 0);

  function find(accountId: string): Promise<Account | null> {
    const found = loaded.get(accountId) ?? load(accountId);
    loaded.set(accountId, found);
    return found;
  }

  const findAccount: Access['findAccount'] = async (accountId, permission) => {
    if (principal.kind === 'anonymous') return null;
    const account = await find(accountId);
    if (!account || (account.deletedAt && permission !== 'READ')) return null;
    return (permission ? can(permission, account) : canAnything(account)) ? account : null;
  };

  const pathsWith = (permission: Permission): string[] =>
    principal.isOperator ? [''] : topmost(granted(principal, permission));

  function requireSignedIn(): void {
    if (principal.kind === 'anonymous')
      throw new RequestError('UNAUTHENTICATED', 'Sign in, or send a valid API token.');
  }

  return {
    principal,
    requireSignedIn,
    findAccount,
    can,
    async requireAccount(accountId, permission) {
      requireSignedIn();
      const account = await findAccount(accountId, permission);
      if (account) return account;
      const readable = await findAccount(accountId, 'READ');
      if (!readable || readable.deletedAt) throw notFound('account');
      throw new RequestError('FORBIDDEN', needs[permission]);
    },
    roleOn(account) {
      if (principal.isOperator) return 'ADMIN';
      const roles = grantsOn(account).map(({ role }) => role);
      return roles.includes('ADMIN') ? 'ADMIN' : (roles[0] ?? null);
    },
    readablePaths: () => pathsWith('READ'),
    requirePaths(permission) {
      requireSignedIn();
      const paths = pathsWith(permission);
      if (paths.length === 0) throw new RequestError('FORBIDDEN', needs[permission]);
      return paths;
    },
    as: (other) => createAccess(other, storage),
  };
}

const granted = ({ grants }: Principal, permission: Permission): string[] =>
  grants.filter(({ permissions }) => permissions.has(permission)).map(({ account }) => account.path);

/** Leaves out what stands below another one. */
const topmost = (paths: string[]): string[] =>
  paths.filter((path) => !paths.some((other) => other !== path && path.startsWith(other)));
