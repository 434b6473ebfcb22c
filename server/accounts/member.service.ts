import { In, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { UserError } from '../errors.js';
import { differences, recordChange, type Actor } from '../storage/audit.js';
import { inList } from '../storage/bulk.js';
import type { Storage } from '../storage/data-source.js';
import { lineageOf, type Account } from '../storage/entities/account.js';
import { Membership, Role } from '../storage/entities/membership.js';
import { User } from '../storage/entities/user.js';
import type { Member } from './member.input.js';

/** Who has a role on an account; how people join is a matter of invitations. */
export interface MemberService {
  /** The people with a role on the account itself, aliased `user`. */
  listOf(account: Account): SelectQueryBuilder<User>;
  /** The members that these people are of the account itself, by their id. */
  membersAmong(account: Account, users: readonly User[]): Promise<Map<string, Member>>;
  /** UserError NOT_FOUND for somebody else, CONFLICT when nobody would be admin any more. */
  changeRole(account: Account, userId: string, role: Role, by: Actor): Promise<Member>;
  /** Ends a membership at once; UserErrors as above. */
  remove(account: Account, userId: string, by: Actor): Promise<void>;
}

export interface MemberServiceDeps {
  storage: Storage;
  /** Called when somebody may do less, or more, than before. */
  onChanged: () => void;
}

export function createMemberService({ storage, onChanged }: MemberServiceDeps): MemberService {
  /** Changes a membership while nobody else changes one in this tree of accounts. */
  async function change<T>(
    account: Account,
    userId: string,
    work: (manager: EntityManager, user: User, stored: Membership) => Promise<T>,
  ): Promise<T> {
    const changed = await storage.write(async (manager) => {
      const [root] = lineageOf(account);
      await manager.query(`select id from accounts where id = ? ${storage.sql.forUpdate}`, [root]);
      const stored = await manager.findOneBy(Membership, { accountId: account.id, userId });
      const user = stored && (await manager.findOneBy(User, { id: userId }));
      if (!user)
        throw wrong(
          'NOT_FOUND',
          'This person has no role on the account itself: roles given above hold too.',
        );
      const result = await work(manager, user, stored);
      if (stored.role === Role.ADMIN && !(await hasAdmin(manager, account)))
        throw wrong('CONFLICT', 'This is the last admin of the account: make somebody else an admin first.');
      return result;
    });
    onChanged();
    return changed;
  }

  return {
    listOf: ({ id }) =>
      storage.read
        .createQueryBuilder(User, 'user')
        .where('user.id in (select m.user_id from memberships m where m.account_id = :id)', { id }),
    async membersAmong({ id }, users) {
      const userIds = users.map((user) => user.id);
      const memberships = await storage.read.findBy(Membership, { accountId: id, userId: In(userIds) });
      const userOf = new Map(users.map((user) => [user.id, user]));
      return new Map(
        memberships.map((membership) => [
          membership.userId,
          memberOf(userOf.get(membership.userId)!, membership),
        ]),
      );
    },
    changeRole: (account, userId, role, by) =>
      change(account, userId, async (manager, user, stored) => {
        await manager.update(Membership, { accountId: account.id, userId }, { role });
        const changes = { email: user.email, ...differences({ role: stored.role }, { role }) };
        await recordChange(manager, by, {
          ...{ accountId: account.id, action: 'member.role_changed', target: userId, changes },
        });
        return memberOf(user, { ...stored, role });
      }),
    remove: (account, userId, by) =>
      change(account, userId, async (manager, { email }, { role }) => {
        await manager.delete(Membership, { accountId: account.id, userId });
        const changes = { email, role };
        await recordChange(manager, by, {
          ...{ accountId: account.id, action: 'member.removed', target: userId, changes },
        });
      }),
  };
}

const memberOf = (user: User, { role, createdAt }: Membership): Member => ({ user, role, since: createdAt });

/** Whether somebody is admin of the account, by a role on itself or on one above. */
async function hasAdmin(manager: EntityManager, account: Account): Promise<boolean> {
  const lineage = lineageOf(account);
  const rows = await manager.query<unknown[]>(
    `select 1 from memberships where role = 'ADMIN' and ${inList('account_id', lineage)} limit 1`,
    lineage,
  );
  return rows.length > 0;
}

const wrong = (code: 'NOT_FOUND' | 'CONFLICT', message: string): UserError =>
  new UserError({ path: ['userId'], code, message });
