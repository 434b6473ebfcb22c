import { In, type EntityManager } from 'typeorm';
import { RequestError } from '../errors.js';
import type { Storage } from '../storage/data-source.js';
import { Account } from '../storage/entities/account.js';
import { ApiToken, type TokenScope } from '../storage/entities/api-token.js';
import { Membership, Role } from '../storage/entities/membership.js';
import { Session } from '../storage/entities/session.js';
import { User } from '../storage/entities/user.js';
import { anonymous, rolePermissions, type Grant, type Permission, type Principal } from './principal.js';
import { isLive } from './sessions.js';
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

/** Times of last use are kept to the minute. */
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

  async function remember(
    hash: string,
    find: (hash: string) => Promise<Principal | null>,
  ): Promise<Principal | null> {
    const known = remembered.get(hash);
    if (known && known.until > performance.now()) return stillStanding(await known.principal);
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    const principal = find(hash);
    remembered.set(hash, { principal, until: performance.now() + REMEMBER_MS });
    principal.catch(() => remembered.delete(hash));
    return stillStanding(await principal);
  }

  /** Nobody waits for this, and a time that could not be noted is noted at the next use. */
  function note(work: (manager: EntityManager) => Promise<unknown>): void {
    storage.write(work).catch(() => undefined);
  }

  async function findByToken(tokenHash: string): Promise<Principal | null> {
    const token = await storage.read.findOneBy(ApiToken, { tokenHash });
    if (!token || token.revokedAt) return null;
    const account = await storage.read.findOneBy(Account, { id: token.accountId });
    if (!account) return null;
    const now = new Date();
    if (isDue(token.lastUsedAt, now) && !isExpired(token, now))
      note((manager) => manager.update(ApiToken, { id: token.id }, { lastUsedAt: now }));
    const creator = token.createdById === null ? null : await findUser(token.createdById, null);
    const allowed = token.scopes
      .map((scope) => scopePermissions[scope])
      .filter((permission) => mayStill(creator, account, permission));
    const grant: Grant = { account, role: Role.VIEWER, permissions: new Set(allowed) };
    return { kind: 'token', user: null, token, isOperator: false, grants: [grant], sessionHash: null };
  }

  async function findBySession(tokenHash: string): Promise<Principal | null> {
    const session = await storage.read.findOneBy(Session, { tokenHash });
    const now = new Date();
    if (!session || !isLive(session, now.getTime())) return null;
    if (isDue(session.lastSeenAt, now))
      note((manager) => manager.update(Session, { tokenHash }, { lastSeenAt: now }));
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
      const text = bearerOf(authorization);
      if (text !== null) {
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

/** Other schemes are not for us: a proxy in front may ask for its own password. */
const bearerOf = (authorization: string | undefined): string | null =>
  /^Bearer +(.*)$/i.exec(authorization?.trim() ?? '')?.[1] ?? null;

const isDue = (noted: Date | null, now: Date): boolean =>
  now.getTime() - (noted?.getTime() ?? 0) > NOTE_USE_EVERY_MS;

const isExpired = ({ expiresAt }: ApiToken, now: Date): boolean => expiresAt !== null && expiresAt <= now;

/** A remembered token ends on time too. */
const stillStanding = (principal: Principal | null): Principal | null =>
  principal?.token && isExpired(principal.token, new Date()) ? null : principal;

/** A token may never do more than the person who made it may do now. */
const mayStill = (creator: Principal | null, account: Account, permission: Permission): boolean =>
  creator !== null &&
  (creator.isOperator ||
    creator.grants.some(
      (grant) => account.path.startsWith(grant.account.path) && grant.permissions.has(permission),
    ));
