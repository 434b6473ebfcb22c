import { In, IsNull, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { notFound, UserError } from '../errors.js';
import { differences, recordChange, type Actor } from '../storage/audit.js';
import { below } from '../storage/below.js';
import type { Storage } from '../storage/data-source.js';
import { Account, lineageOf, MAX_ACCOUNT_DEPTH } from '../storage/entities/account.js';
import { Invitation } from '../storage/entities/invitation.js';
import { Membership } from '../storage/entities/membership.js';
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
  create(name: string, parent: Account | null, by: Actor): Promise<Account>;
  rename(account: Account, name: string, by: Actor): Promise<Account>;
  /** Deletes an account with all below it; UserError INVALID unless its name is typed again. */
  remove(account: Account, confirmName: string, by: Actor): Promise<Removed>;
}

/** What went with an account. */
export interface Removed {
  cancelledDeliveries: number;
}

export interface AccountServiceDeps {
  storage: Storage;
  /** Called when what is remembered of accounts is out of date. */
  onChanged: () => void;
  /** How many deliveries are queued for the webhooks of accounts at or below a path. */
  countQueued: (path: string) => Promise<number>;
  /**
   * Deletes the webhooks of accounts inside the transaction; answers which, and how many deliveries were cancelled, null
   * for more than are cancelled at once.
   */
  removeWebhooks: (
    manager: EntityManager,
    accountIds: readonly string[],
  ) => Promise<{ webhookIds: string[]; cancelledDeliveries: number | null }>;
  /** Ends the API tokens of accounts inside the transaction. */
  revokeTokens: (manager: EntityManager, accountIds: readonly string[]) => Promise<void>;
  /** Called after the commit. */
  onWebhooksRemoved: (webhookIds: readonly string[]) => void;
}

const MAX_NAME = 100;

export function createAccountService(deps: AccountServiceDeps): AccountService {
  const { storage, onChanged } = deps;
  const hasChildren = batchedHasChildren(storage);
  const query = (): SelectQueryBuilder<Account> => storage.read.createQueryBuilder(Account, 'account');

  /** Writes a name that no sibling has; who names a sibling at the same time waits here. */
  function writeNamed(account: Account, write: (manager: EntityManager) => Promise<unknown>): Promise<void> {
    return storage.write(async (manager) => {
      const [where, values] =
        account.parentId === null ? ['parent_id is null', []] : ['id = ?', [account.parentId]];
      const locked = await manager.query<unknown[]>(
        `select id from accounts where ${where} and deleted_at is null ${storage.sql.forUpdate}`,
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
      return query().where(sql, parameters).andWhere('account.deletedAt is null');
    },
    childrenOf: (account) =>
      query().where('account.parentId = :id and account.deletedAt is null', { id: account.id }),
    hasChildren: ({ id }) => hasChildren(id),
    async create(given, parent, by) {
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
        deletedAt: null,
      });
      await writeNamed(account, async (manager) => {
        await manager.insert(Account, account);
        await recordChange(manager, by, {
          accountId: id,
          action: 'account.created',
          target: id,
          changes: { name },
        });
      });
      return account;
    },
    async rename(stored, given, by) {
      const { id, name } = { id: stored.id, name: checkName(given) };
      const account = Object.assign(new Account(), stored, { name });
      await writeNamed(account, async (manager) => {
        await manager.update(Account, { id }, { name });
        const changes = differences({ name: stored.name }, { name });
        await recordChange(manager, by, { accountId: id, action: 'account.renamed', target: id, changes });
      });
      onChanged();
      return account;
    },
    async remove(stored, confirmName, by) {
      if (confirmName.trim().normalize('NFC') !== stored.name)
        throw wrong('confirmName', 'INVALID', `Type the name of the account, “${stored.name}”.`);
      const queued = await deps.countQueued(stored.path);
      const removed = await storage.write((manager) => removeTree(deps, manager, stored, queued, by));
      onChanged();
      deps.onWebhooksRemoved(removed.webhookIds);
      return removed;
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

/** The rows of accounts stay for the log; nobody is a member any more, nothing is sent, and their tokens are dead. */
async function removeTree(
  { storage, removeWebhooks, revokeTokens }: AccountServiceDeps,
  manager: EntityManager,
  { id, name, path, parentId }: Account,
  queued: number,
  by: Actor,
): Promise<Removed & { webhookIds: string[] }> {
  const rows = await manager.query<Array<{ id: string }>>(
    `select id from accounts where path >= ? and path < ? and deleted_at is null ${storage.sql.forUpdate}`,
    [path, `${path}~`],
  );
  const ids = rows.map((row) => row.id);
  if (!ids.includes(id)) throw notFound('account');
  const { webhookIds, cancelledDeliveries: atOnce } = await removeWebhooks(manager, ids);
  const cancelledDeliveries = atOnce ?? queued;
  await revokeTokens(manager, ids);
  await manager.delete(Membership, { accountId: In(ids) });
  await manager.delete(Invitation, { accountId: In(ids) });
  await manager.update(Account, { id: In(ids) }, { deletedAt: new Date() });
  const changes = { name, accounts: ids.length, webhooks: webhookIds.length, cancelledDeliveries };
  await recordChange(manager, by, { accountId: parentId, action: 'account.deleted', target: id, changes });
  return { webhookIds, cancelledDeliveries };
}

async function checkUnique(manager: EntityManager, { id, name, parentId }: Account): Promise<void> {
  const namesake = await manager.findOneBy(Account, {
    name,
    parentId: parentId ?? IsNull(),
    deletedAt: IsNull(),
  });
  if (namesake && namesake.id !== id)
    throw wrong('name', 'DUPLICATE', `There is an account “${name}” here already.`);
}
