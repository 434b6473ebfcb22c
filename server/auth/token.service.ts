import { In, IsNull, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { notFound, UserError, type UserErrorItem } from '../errors.js';
import { recordChange, type Actor } from '../storage/audit.js';
import { batchedById } from '../storage/batched.js';
import type { Storage } from '../storage/data-source.js';
import type { Account } from '../storage/entities/account.js';
import { ApiToken, type TokenScope } from '../storage/entities/api-token.js';
import type { AuditAction } from '../storage/entities/audit-entry.js';
import { User } from '../storage/entities/user.js';
import { createId } from '../storage/ids.js';
import { lockAccount } from '../storage/lock-account.js';
import { checkName } from './names.js';
import { createApiTokenText, hashToken } from './tokens.js';

export interface NewApiToken {
  name: string;
  scopes: TokenScope[];
  expiresAt?: Date | null;
}

/** The keys of programs. */
export interface TokenService {
  find(id: string): Promise<ApiToken | null>;
  /** The account's own tokens, aliased `token`; revoked ones too. */
  listOf(account: Account): SelectQueryBuilder<ApiToken>;
  findCreator(token: ApiToken): Promise<User | null>;
  /** Answers the token's text, which is not stored. */
  create(
    account: Account,
    creator: User,
    input: NewApiToken,
    by: Actor,
  ): Promise<{ apiToken: ApiToken; secret: string }>;
  /** Ends a token at once; in other processes within 2 s. */
  revoke(token: ApiToken, by: Actor): Promise<void>;
  /** Ends the tokens of deleted accounts, inside their transaction. */
  revokeAllOf(manager: EntityManager, accountIds: readonly string[]): Promise<void>;
}

export interface TokenServiceDeps {
  storage: Storage;
  /** Called when a token has ended. */
  onRevoked: () => void;
}

export function createTokenService({ storage, onRevoked }: TokenServiceDeps): TokenService {
  const findUser = batchedById(storage.read, User);
  return {
    find: (id) => storage.read.findOneBy(ApiToken, { id }),
    listOf: (account) =>
      storage.read.createQueryBuilder(ApiToken, 'token').where('token.accountId = :id', { id: account.id }),
    findCreator: async ({ createdById }) => (createdById === null ? null : findUser(createdById)),
    async create(account, creator, input, by) {
      const wrong = check(input);
      if (wrong.length > 0) throw new UserError(wrong);
      const secret = createApiTokenText();
      const apiToken = Object.assign(new ApiToken(), {
        id: createId('tok'),
        accountId: account.id,
        name: input.name.trim(),
        scopes: [...new Set(input.scopes)],
        tokenHash: hashToken(secret),
        lastFour: secret.slice(-4),
        createdById: creator.id,
        createdAt: new Date(),
        expiresAt: input.expiresAt ?? null,
        lastUsedAt: null,
        revokedAt: null,
      });
      await storage.write(async (manager) => {
        if (!(await lockAccount(storage, manager, account.id))) throw notFound('account');
        await manager.insert(ApiToken, apiToken);
        const { name, scopes, lastFour, expiresAt } = apiToken;
        await record(manager, by, 'api_token.created', apiToken, { name, scopes, lastFour, expiresAt });
      });
      return { apiToken, secret };
    },
    async revoke(token, by) {
      const standing = { id: token.id, revokedAt: IsNull() };
      await storage.write(async (manager) => {
        const { affected } = await manager.update(ApiToken, standing, { revokedAt: new Date() });
        const { name, lastFour } = token;
        if (affected) await record(manager, by, 'api_token.revoked', token, { name, lastFour });
      });
      onRevoked();
    },
    async revokeAllOf(manager, accountIds) {
      const standing = { accountId: In(accountIds), revokedAt: IsNull() };
      await manager.update(ApiToken, standing, { revokedAt: new Date() });
    },
  };
}

const record = (
  manager: EntityManager,
  by: Actor,
  action: AuditAction,
  { id, accountId }: ApiToken,
  changes: Record<string, unknown>,
): Promise<void> => recordChange(manager, by, { accountId, action, target: id, changes });

function check({ name, scopes, expiresAt }: NewApiToken): UserErrorItem[] {
  const wrong = checkName(name, 'name', 'Say what the token is for.');
  if (scopes.length === 0)
    wrong.push({ path: ['scopes'], code: 'REQUIRED', message: 'Choose at least one thing that it may do.' });
  if (expiresAt && expiresAt.getTime() <= Date.now())
    wrong.push({ path: ['expiresAt'], code: 'INVALID', message: 'This time is in the past.' });
  return wrong;
}
