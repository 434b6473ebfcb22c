import { IsNull, type SelectQueryBuilder } from 'typeorm';
import { UserError, type UserErrorItem } from '../errors.js';
import type { Storage } from '../storage/data-source.js';
import type { Account } from '../storage/entities/account.js';
import { ApiToken, type TokenScope } from '../storage/entities/api-token.js';
import { User } from '../storage/entities/user.js';
import { createId } from '../storage/ids.js';
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
  ): Promise<{ apiToken: ApiToken; secret: string }>;
  /** Ends a token at once; in other processes within 5 s. */
  revoke(token: ApiToken): Promise<void>;
}

const MAX_NAME = 100;

export function createTokenService({
  storage,
  onRevoked,
}: {
  storage: Storage;
  onRevoked: () => void;
}): TokenService {
  return {
    find: (id) => storage.read.findOneBy(ApiToken, { id }),
    listOf: (account) =>
      storage.read.createQueryBuilder(ApiToken, 'token').where('token.accountId = :id', { id: account.id }),
    findCreator: async ({ createdById }) =>
      createdById === null ? null : storage.read.findOneBy(User, { id: createdById }),
    async create(account, creator, input) {
      const wrong = check(input);
      if (wrong.length > 0) throw new UserError(wrong);
      const secret = createApiTokenText();
      const apiToken = Object.assign(new ApiToken(), {
        ...{
          id: createId('tok'),
          accountId: account.id,
          name: input.name.trim(),
          scopes: [...new Set(input.scopes)],
        },
        ...{
          tokenHash: hashToken(secret),
          lastFour: secret.slice(-4),
          createdById: creator.id,
          createdAt: new Date(),
        },
        ...{ expiresAt: input.expiresAt ?? null, lastUsedAt: null, revokedAt: null },
      });
      await storage.write((manager) => manager.insert(ApiToken, apiToken));
      return { apiToken, secret };
    },
    async revoke({ id }) {
      await storage.write((manager) =>
        manager.update(ApiToken, { id, revokedAt: IsNull() }, { revokedAt: new Date() }),
      );
      onRevoked();
    },
  };
}

function check({ name, scopes, expiresAt }: NewApiToken): UserErrorItem[] {
  const wrong: UserErrorItem[] = [];
  if (name.trim() === '')
    wrong.push({ path: ['name'], code: 'REQUIRED', message: 'Say what the token is for.' });
  if (name.trim().length > MAX_NAME)
    wrong.push({ path: ['name'], code: 'TOO_LONG', message: `At most ${MAX_NAME} characters.` });
  if (scopes.length === 0)
    wrong.push({ path: ['scopes'], code: 'REQUIRED', message: 'Choose at least one thing that it may do.' });
  if (expiresAt && expiresAt.getTime() <= Date.now())
    wrong.push({ path: ['expiresAt'], code: 'INVALID', message: 'This time is in the past.' });
  return wrong;
}
