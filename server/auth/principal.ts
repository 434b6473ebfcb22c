import type { Account } from '../storage/entities/account.js';
import type { ApiToken } from '../storage/entities/api-token.js';
import type { Role } from '../storage/entities/membership.js';
import type { User } from '../storage/entities/user.js';

/** What one may do: MANAGE is accounts, members and tokens. */
export type Permission = 'READ' | 'MANAGE' | 'WEBHOOKS_WRITE' | 'EVENTS_WRITE';

/** Permissions on an account and everything below it. */
export interface Grant {
  account: Account;
  role: Role;
  permissions: ReadonlySet<Permission>;
}

/** Who is asking. */
export interface Principal {
  kind: 'anonymous' | 'user' | 'token';
  user: User | null;
  token: ApiToken | null;
  /** Holds every permission everywhere. */
  isOperator: boolean;
  grants: readonly Grant[];
  /** The session's hash; null for tokens and for nobody. */
  sessionHash: string | null;
}

export const anonymous: Principal = {
  kind: 'anonymous',
  user: null,
  token: null,
  isOperator: false,
  grants: [],
  sessionHash: null,
};

/** What each role may do. */
export const rolePermissions: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  ADMIN: new Set<Permission>(['READ', 'MANAGE', 'WEBHOOKS_WRITE', 'EVENTS_WRITE']),
  VIEWER: new Set<Permission>(['READ']),
};
