import { IsNull, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { notFound, UserError } from '../errors.js';
import { below } from '../storage/below.js';
import type { Storage } from '../storage/data-source.js';
import { Account, lineageOf, MAX_ACCOUNT_DEPTH } from '../storage/entities/account.js';
import { createId } from '../storage/ids.js';
import { batchedHasChildren } from './children.js';

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

export interface AccountServiceDeps {
  storage: Storage;
  /** Called when what is remembered of accounts is out of date. */
  onChanged: () => void;
}

const MAX_NAME = 100;

export function createAccountService({ storage, onChanged }: AccountServiceDeps): AccountService {
  const hasChildren = batchedHasChildren(storage);
  const query = (): SelectQueryBuilder<Account> => storage.read.createQueryBuilder(Account, 'account');

  /** Writes a name that no sibling has; who names a sibling at the same time waits here. */
  function writeNamed(account: Account, write: (manager: EntityManager) => Promise<unknown>): Promise<void> {
    return storage.write(async (manager) => {
      const [where, values] =
        account.parentId === null ? ['parent_id is null', []] : ['id = ?', [account.parentId]];
      const locked = await manager.query<unknown[]>(
        `select id from accounts where ${where} ${storage.sql.forUpdate}`,
        values,
      );
      if (account.parentId !== null && locked.length === 0) throw notFound('account');
      await checkUnique(manager, account);
      await write(manager);
    });
  }

  return {
    find: (id) => storage.read.findOneBy(Account, { id }),
    listBelow(paths) {
      const { sql, parameters } = below('account.path', paths);
      return query().where(sql, parameters);
    },
    childrenOf: (account) => query().where('account.parentId = :id', { id: account.id }),
    hasChildren: ({ id }) => hasChildren(id),
    async create(given, parent) {
      const name = checkName(given);
      if (parent && lineageOf(parent).length >= MAX_ACCOUNT_DEPTH)
        throw wrong('parentId', 'INVALID', `Accounts nest at most ${MAX_ACCOUNT_DEPTH} deep.`);
      const id = createId('acc');
      const account = Object.assign(new Account(), {
        id,
        name,
        parentId: parent?.id ?? null,
        path: `${parent?.path ?? ''}${id}/`,
        createdAt: new Date(),
      });
      await writeNamed(account, (manager) => manager.insert(Account, account));
      return account;
    },
    async rename(stored, given) {
      const { id, name } = { id: stored.id, name: checkName(given) };
      const account = Object.assign(new Account(), stored, { name });
      await writeNamed(account, (manager) => manager.update(Account, { id }, { name }));
      onChanged();
      return account;
    },
  };
}

const wrong = (field: string, code: 'REQUIRED' | 'TOO_LONG' | 'INVALID' | 'DUPLICATE', message: string) =>
  new UserError({ path: [field], code, message });

/** Letters that look the same are the same: a name is kept in Unicode's composed form. */
function checkName(given: string): string {
  const name = given.trim().normalize('NFC');
  if (name === '') throw wrong('name', 'REQUIRED', 'Give the account a name.');
  if (name.length > MAX_NAME) throw wrong('name', 'TOO_LONG', `A name has at most ${MAX_NAME} characters.`);
  // Control characters and halves of surrogate pairs.
  if (/[\p{Cc}\p{Cs}]/u.test(name)) throw wrong('name', 'INVALID', 'A name has no control characters.');
  return name;
}

async function checkUnique(manager: EntityManager, { id, name, parentId }: Account): Promise<void> {
  const namesake = await manager.findOneBy(Account, { name, parentId: parentId ?? IsNull() });
  if (namesake && namesake.id !== id)
    throw wrong('name', 'DUPLICATE', `There is an account “${name}” here already.`);
}
