import { In } from 'typeorm';
import { RequestError } from '../errors.js';
import type { Storage } from '../storage/data-source.js';
import { Account } from '../storage/entities/account.js';
import { ApiToken, type TokenScope } from '../storage/entities/api-token.js';
import { Membership, Role } from '../storage/entities/membership.js';
import { Session } from '../storage/entities/session.js';
import { User } from '../storage/entities/user.js';
import { anonymous, rolePermissions, type Grant, type Permission, type Principal } from './principal.js';
import { hashToken, isApiTokenText } from './tokens.js';

/** What a request brings to say who it is. */
export interface Credentials {
  /** The Authorization header. */
  authorization: string | undefined;
  /** The session cookie's value. */
  sessionCookie: string | undefined;
}

/** Finds out who is asking. */
export interface Authenticator {
  /** A wrong or expired cookie is nobody; a wrong API token is UNAUTHENTICATED. */
  authenticate(credentials: Credentials): Promise<Principal>;
  /** The same principal as of now; null when its credential no longer stands. */
  refresh(principal: Principal): Promise<Principal | null>;
  /** Forgets what it remembers of all credentials, after one was revoked or a role changed. */
  forget(): void;
}

const IDLE_MS = 12 * 3_600_000;
const ABSOLUTE_MS = 7 * 24 * 3_600_000;
const NOTE_USE_EVERY_MS = 60_000;
/** A credential revoked in another process is refused within this time. */
const REMEMBER_MS = 2_000;
const MAX_REMEMBERED = 10_000;

const scopePermissions: Record<TokenScope, Permission> = {
  READ: 'READ',
  EVENTS_WRITE: 'EVENTS_WRITE',
  WEBHOOKS_WRITE: 'WEBHOOKS_WRITE',
};

export function createAuthenticator(storage: Storage): Authenticator {
  const remembered = new Map<string, { principal: Promise<Principal | null>; until: number }>();

  function remember(
    hash: string,
    find: (hash: string) => Promise<Principal | null>,
  ): Promise<Principal | null> {
    const known = remembered.get(hash);
    if (known && known.until > performance.now()) return known.principal;
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    const principal = find(hash);
    remembered.set(hash, { principal, until: performance.now() + REMEMBER_MS });
    principal.catch(() => remembered.delete(hash));
    return principal;
  }

  async function findByToken(tokenHash: string): Promise<Principal | null> {
    const token = await storage.read.findOneBy(ApiToken, { tokenHash });
    const now = Date.now();
    if (!token || token.revokedAt || (token.expiresAt && token.expiresAt.getTime() <= now)) return null;
    const account = await storage.read.findOneBy(Account, { id: token.accountId });
    if (!account) return null;
    if (now - (token.lastUsedAt?.getTime() ?? 0) > NOTE_USE_EVERY_MS)
      void storage.write((manager) =>
        manager.update(ApiToken, { id: token.id }, { lastUsedAt: new Date(now) }),
      );
    const creator = token.createdById === null ? null : await findUser(token.createdById, null);
    const allowed = token.scopes
      .map((scope) => scopePermissions[scope])
      .filter((permission) => mayStill(creator, account, permission));
    const grant: Grant = { account, role: Role.VIEWER, permissions: new Set(allowed) };
    return { kind: 'token', user: null, token, isOperator: false, grants: [grant], sessionHash: null };
  }

  async function findBySession(tokenHash: string): Promise<Principal | null> {
    const session = await storage.read.findOneBy(Session, { tokenHash });
    const now = Date.now();
    if (
      !session ||
      now - session.lastSeenAt.getTime() > IDLE_MS ||
      now - session.createdAt.getTime() > ABSOLUTE_MS
    )
      return null;
    if (now - session.lastSeenAt.getTime() > NOTE_USE_EVERY_MS)
      void storage.write((manager) => manager.update(Session, { tokenHash }, { lastSeenAt: new Date(now) }));
    return findUser(session.userId, tokenHash);
  }

  async function findUser(userId: string, sessionHash: string | null): Promise<Principal | null> {
    const user = await storage.read.findOneBy(User, { id: userId });
    if (!user) return null;
    const memberships = await storage.read.findBy(Membership, { userId });
    const accounts = await storage.read.findBy(Account, {
      id: In(memberships.map(({ accountId }) => accountId)),
    });
    const grants = accounts.map((account) => {
      const { role } = memberships.find(({ accountId }) => accountId === account.id)!;
      return { account, role, permissions: rolePermissions[role] };
    });
    return { kind: 'user', user, token: null, isOperator: user.isOperator, grants, sessionHash };
  }

  return {
    async authenticate({ authorization, sessionCookie }) {
      if (authorization !== undefined) {
        const text = /^Bearer (\S+)$/i.exec(authorization)?.[1] ?? '';
        const principal = isApiTokenText(text) ? await remember(hashToken(text), findByToken) : null;
        if (principal) return principal;
        throw new RequestError(
          'UNAUTHENTICATED',
          'This API token is not valid: send `Authorization: Bearer hw_…`.',
        );
      }
      if (sessionCookie === undefined) return anonymous;
      return (await remember(hashToken(sessionCookie), findBySession)) ?? anonymous;
    },
    async refresh(principal) {
      if (principal.token) return remember(principal.token.tokenHash, findByToken);
      if (principal.sessionHash) return remember(principal.sessionHash, findBySession);
      return principal;
    },
    forget: () => remembered.clear(),
  };
}

/** A token may never do more than the person who made it may do now. */
const mayStill = (creator: Principal | null, account: Account, permission: Permission): boolean =>
  creator !== null &&
  (creator.isOperator ||
    creator.grants.some(
      (grant) => account.path.startsWith(grant.account.path) && grant.permissions.has(permission),
    ));
