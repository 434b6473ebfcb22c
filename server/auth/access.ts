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
  /** The account; NOT_FOUND when it is unknown or out of sight, FORBIDDEN when only this permission is missing. */
  requireAccount(accountId: string, permission: Permission): Promise<Account>;
  /** The account if the caller holds the permission there, or any permission when none is named; else null. */
  findAccount(accountId: string, permission?: Permission): Promise<Account | null>;
  can(permission: Permission, account: Pick<Account, 'path'>): boolean;
  /** The strongest role that holds on the account; null: none. */
  roleOn(account: Pick<Account, 'path'>): Role | null;
  /** Paths of all that may be read, with what is below them; '' is everything. */
  readablePaths(): string[];
}

export function createAccess(principal: Principal, storage: Storage): Access {
  const load = batchedById(storage.read, Account);
  const loaded = new Map<string, Promise<Account | null>>();

  const grantsOn = ({ path }: Pick<Account, 'path'>): Principal['grants'] =>
    principal.grants.filter(({ account }) => path.startsWith(account.path));

  const can: Access['can'] = (permission, account) =>
    principal.isOperator || grantsOn(account).some(({ permissions }) => permissions.has(permission));

  function find(accountId: string): Promise<Account | null> {
    const found = loaded.get(accountId) ?? load(accountId);
    loaded.set(accountId, found);
    return found;
  }

  const findAccount: Access['findAccount'] = async (accountId, permission) => {
    if (principal.kind === 'anonymous') return null;
    const account = await find(accountId);
    if (!account) return null;
    const allowed = permission
      ? can(permission, account)
      : principal.isOperator || grantsOn(account).length > 0;
    return allowed ? account : null;
  };

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
      const account = await findAccount(accountId);
      if (!account || !(can('READ', account) || can(permission, account))) throw notFound('account');
      if (!can(permission, account))
        throw new RequestError(
          'FORBIDDEN',
          `You may not do this here: it takes the permission ${permission}.`,
        );
      return account;
    },
    roleOn(account) {
      if (principal.isOperator) return 'ADMIN';
      const roles = grantsOn(account).map(({ role }) => role);
      return roles.includes('ADMIN') ? 'ADMIN' : (roles[0] ?? null);
    },
    readablePaths: () =>
      principal.isOperator
        ? ['']
        : principal.grants
            .filter(({ permissions }) => permissions.has('READ'))
            .map(({ account }) => account.path),
  };
}
