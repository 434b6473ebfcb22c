import { UserError, type UserErrorItem } from '../errors.js';
import { recordChange, type Actor } from '../storage/audit.js';
import type { Storage } from '../storage/data-source.js';
import { Session } from '../storage/entities/session.js';
import { SetupLink } from '../storage/entities/setup-link.js';
import { User } from '../storage/entities/user.js';
import { createId } from '../storage/ids.js';
import { checkName } from './names.js';
import { checkPassword, type Passwords } from './passwords.js';
import { recordForPerson } from './person-audit.js';
import { checkEmail, normalizeEmail } from './setup.js';

/** What whoever has a shell on the server may do to people; UserError when it cannot be done. */
export interface PersonAdmin {
  /** Sets a password and ends all sessions of the person. */
  resetPassword(email: string, password: string): Promise<void>;
  /** Makes a new operator, or an operator of somebody who exists and keeps the password. */
  createOperator(email: string, name: string, password: string): Promise<'created' | 'promoted'>;
  /** Leaves an operator the roles on accounts only; the last one stays. */
  removeOperator(email: string): Promise<void>;
}

/** `by` is named in the audit log. */
export function createPersonAdmin(storage: Storage, passwords: Passwords, by: Actor): PersonAdmin {
  const find = (email: string): Promise<User | null> =>
    storage.read.findOneBy(User, { email: normalizeEmail(email) });

  return {
    async resetPassword(email, password) {
      const user = await find(email);
      if (!user) throw wrong(`There is nobody with the email address ${email}.`);
      refuse(checkPassword(password, 'password'));
      const passwordHash = await passwords.hash(password);
      await storage.write(async (manager) => {
        await manager.update(User, { id: user.id }, { passwordHash });
        await manager.delete(Session, { userId: user.id });
        await recordForPerson(manager, by, { userId: user.id, action: 'user.password_reset' });
      });
    },
    async createOperator(given, name, password) {
      const email = normalizeEmail(given);
      const known = await find(email);
      if (known?.isOperator) throw wrong(`${email} is an operator already.`);
      if (!known)
        refuse([
          ...checkEmail(email),
          ...checkName(name, 'name', 'Give the operator a name.'),
          ...checkPassword(password, 'password'),
        ]);
      const passwordHash = known?.passwordHash ?? (await passwords.hash(password));
      const user = known ?? { id: createId('usr'), email, name: name.trim(), createdAt: new Date() };
      await storage.write(async (manager) => {
        await manager.save(User, { ...user, passwordHash, isOperator: true });
        // Whoever exists closes the setup.
        await manager.createQueryBuilder().delete().from(SetupLink).execute();
        await recordChange(manager, by, {
          ...{ accountId: null, action: 'instance.operator_created', target: user.id, changes: { email } },
        });
      });
      return known ? 'promoted' : 'created';
    },
    async removeOperator(email) {
      const user = await find(email);
      if (!user?.isOperator) throw wrong(`${email} is no operator.`);
      await storage.write(async (manager) => {
        const operators = await manager.query<unknown[]>(
          `select id from users where is_operator ${storage.sql.forUpdate}`,
        );
        if (operators.length === 1) throw wrong(`${email} is the last operator: make another one first.`);
        await manager.update(User, { id: user.id }, { isOperator: false });
        const changes = { email: user.email };
        await recordChange(manager, by, {
          ...{ accountId: null, action: 'instance.operator_removed', target: user.id, changes },
        });
      });
    },
  };
}

const wrong = (message: string): UserError => new UserError({ path: ['email'], code: 'INVALID', message });

function refuse(items: UserErrorItem[]): void {
  if (items.length > 0) throw new UserError(items);
}
