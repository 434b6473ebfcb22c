import { Not } from 'typeorm';
import { UserError } from '../errors.js';
import type { Actor } from '../storage/audit.js';
import type { Storage } from '../storage/data-source.js';
import { Session } from '../storage/entities/session.js';
import { User } from '../storage/entities/user.js';
import { recordForPerson } from './person-audit.js';
import { createGuessLimit } from './guesses.js';
import { checkPassword, type Passwords } from './passwords.js';
import { openSession, type Origin } from './sessions.js';
import { createSetup, normalizeEmail, type Setup } from './setup.js';

/** People: how they come in, and how they prove who they are. */
export interface AuthService extends Setup {
  /** Answers a new session's token; UserError INVALID_CREDENTIALS or TOO_MANY_ATTEMPTS. */
  signIn(email: string, password: string, origin: Origin): Promise<string>;
  /** The person with this email and password; UserErrors as above. */
  verify(email: string, password: string, origin: Origin): Promise<User>;
  /** Ends a session at once. */
  signOut(sessionHash: string, by: Actor): Promise<void>;
  /** Ends all sessions but the one named. */
  changePassword(
    user: User,
    sessionHash: string | null,
    currentPassword: string,
    newPassword: string,
    by: Actor,
  ): Promise<void>;
}

export interface AuthServiceDeps {
  storage: Storage;
  passwords: Passwords;
  /** Called when a credential has ended. */
  onRevoked: () => void;
}

export function createAuthService({ storage, passwords, onRevoked }: AuthServiceDeps): AuthService {
  const guesses = createGuessLimit();

  async function verify(email: string, password: string, origin: Origin): Promise<User> {
    const address = normalizeEmail(email);
    const user = await storage.read.findOneBy(User, { email: address });
    const matches = await guesses.signIn(address, origin.address, () =>
      passwords.verify(user?.passwordHash ?? null, password),
    );
    if (!user || !matches) throw wrong('password', 'Email and password do not match.');
    return user;
  }

  return {
    ...createSetup({ storage, passwords }),
    verify,
    async signIn(email, password, origin) {
      const user = await verify(email, password, origin);
      return storage.write(async (manager) => {
        const by = { name: user.email, address: origin.address };
        await recordForPerson(manager, by, { userId: user.id, action: 'user.signed_in' });
        return openSession(manager, user.id, origin);
      });
    },
    async signOut(tokenHash, by) {
      await storage.write(async (manager) => {
        const session = await manager.findOneBy(Session, { tokenHash });
        if (!session) return;
        await manager.delete(Session, { tokenHash });
        await recordForPerson(manager, by, { userId: session.userId, action: 'user.signed_out' });
      });
      onRevoked();
    },
    async changePassword({ id }, sessionHash, currentPassword, newPassword, by) {
      const weak = checkPassword(newPassword, 'newPassword');
      if (weak.length > 0) throw new UserError(weak);
      const { passwordHash: stored } = await storage.read.findOneByOrFail(User, { id });
      const matches = await guesses.confirm(id, () => passwords.verify(stored, currentPassword));
      if (!matches) throw wrong('currentPassword', 'This is not your current password.');
      const passwordHash = await passwords.hash(newPassword);
      await storage.write(async (manager) => {
        await manager.update(User, { id }, { passwordHash });
        await manager.delete(Session, { userId: id, tokenHash: Not(sessionHash ?? '') });
        await recordForPerson(manager, by, { userId: id, action: 'user.password_changed' });
      });
      onRevoked();
    },
  };
}

const wrong = (field: string, message: string): UserError =>
  new UserError({ path: [field], code: 'INVALID_CREDENTIALS', message });
