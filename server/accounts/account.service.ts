import { IsNull, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { UserError } from '../errors.js';
import { below } from '../storage/below.js';
import type { Storage } from '../storage/data-source.js';
import { Account, lineageOf, MAX_ACCOUNT_DEPTH } from '../storage/entities/account.js';
import { createId } from '../storage/ids.js';

/** The account tree. */
export interface AccountService {
  find(id: string): Promise<Account | null>;
  /** Accounts at or below these paths, aliased `account`; '' is everything. */
  listBelow(paths: readonly string[]): SelectQueryBuilder<Account>;
  /** Direct children, aliased `account`. */
  childrenOf(account: Account): SelectQueryBuilder<Account>;
  hasChildren(account: Account): Promise<boolean>;
  create(name: string, parent: Account | null): Promise<Account>;
  rename(account: Account, name: string): Promise<Account>;
}

const MAX_NAME = 100;

export function createAccountService({
  storage,
  onChanged,
}: {
  storage: Storage;
  onChanged: () => void;
}): AccountService {
  const query = (): SelectQueryBuilder<Account> => storage.read.createQueryBuilder(Account, 'account');
  return {
    find: (id) => storage.read.findOneBy(Account, { id }),
    listBelow(paths) {
      const { sql, parameters } = below('account.path', paths);
      return query().where(sql, parameters);
    },
    childrenOf: (account) => query().where('account.parentId = :id', { id: account.id }),
    hasChildren: (account) => storage.read.existsBy(Account, { parentId: account.id }),
    async create(given, parent) {
      const name = checkName(given);
      if (parent && lineageOf(parent).length >= MAX_ACCOUNT_DEPTH)
        throw new UserError({
          path: ['parentId'],
          code: 'INVALID',
          message: `Accounts nest at most ${MAX_ACCOUNT_DEPTH} deep.`,
        });
      const id = createId('acc');
      const account = Object.assign(new Account(), {
        ...{
          id,
          name,
          parentId: parent?.id ?? null,
          path: `${parent?.path ?? ''}${id}/`,
          createdAt: new Date(),
        },
      });
      await storage.write(async (manager) => {
        await checkUnique(manager, account);
        await manager.insert(Account, account);
      });
      return account;
    },
    async rename(stored, given) {
      const account = Object.assign(new Account(), stored, { name: checkName(given) });
      await storage.write(async (manager) => {
        await checkUnique(manager, account);
        await manager.update(Account, { id: account.id }, { name: account.name });
      });
      onChanged();
      return account;
    },
  };
}

function checkName(given: string): string {
  const name = given.trim();
  if (name === '')
    throw new UserError({ path: ['name'], code: 'REQUIRED', message: 'Give the account a name.' });
  if (name.length > MAX_NAME)
    throw new UserError({
      path: ['name'],
      code: 'TOO_LONG',
      message: `A name has at most ${MAX_NAME} characters.`,
    });
  if (/\p{Cc}/u.test(name))
    throw new UserError({ path: ['name'], code: 'INVALID', message: 'A name has no control characters.' });
  return name;
}

async function checkUnique(manager: EntityManager, { id, name, parentId }: Account): Promise<void> {
  const namesake = await manager.findOneBy(Account, { name, parentId: parentId ?? IsNull() });
  if (namesake && namesake.id !== id)
    throw new UserError({
      path: ['name'],
      code: 'DUPLICATE',
      message: `There is an account “${name}” here already.`,
    });
}
