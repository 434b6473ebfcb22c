import { Not } from 'typeorm';
import { UserError } from '../errors.js';
import type { Storage } from '../storage/data-source.js';
import { Session } from '../storage/entities/session.js';
import { User } from '../storage/entities/user.js';
import { createGuessLimit } from './guesses.js';
import { checkPassword, type Passwords } from './passwords.js';
import { openSession, type Origin } from './sessions.js';
import { createSetup, normalizeEmail, type Setup } from './setup.js';

/** People: how they come in, and how they prove who they are. */
export interface AuthService extends Setup {
  /** Answers a new session's token; UserError INVALID_CREDENTIALS or TOO_MANY_ATTEMPTS. */
  signIn(email: string, password: string, origin: Origin): Promise<string>;
  /** Ends a session at once. */
  signOut(sessionHash: string): Promise<void>;
  /** Ends all sessions but the one named. */
  changePassword(
    user: User,
    sessionHash: string | null,
    currentPassword: string,
    newPassword: string,
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
  return {
    ...createSetup({ storage, passwords }),
    async signIn(email, password, origin) {
      const address = normalizeEmail(email);
      const user = await storage.read.findOneBy(User, { email: address });
      const matches = await guesses.signIn(address, origin.address, () =>
        passwords.verify(user?.passwordHash ?? null, password),
      );
      if (!user || !matches) throw wrong('password', 'Email and password do not match.');
      return storage.write((manager) => openSession(manager, user.id, origin));
    },
    async signOut(tokenHash) {
      await storage.write((manager) => manager.delete(Session, { tokenHash }));
      onRevoked();
    },
    async changePassword({ id }, sessionHash, currentPassword, newPassword) {
      const weak = checkPassword(newPassword, 'newPassword');
      if (weak.length > 0) throw new UserError(weak);
      const { passwordHash: stored } = await storage.read.findOneByOrFail(User, { id });
      const matches = await guesses.confirm(id, () => passwords.verify(stored, currentPassword));
      if (!matches) throw wrong('currentPassword', 'This is not your current password.');
      const passwordHash = await passwords.hash(newPassword);
      await storage.write(async (manager) => {
        await manager.update(User, { id }, { passwordHash });
        await manager.delete(Session, { userId: id, tokenHash: Not(sessionHash ?? '') });
      });
      onRevoked();
    },
  };
}

const wrong = (field: string, message: string): UserError =>
  new UserError({ path: [field], code: 'INVALID_CREDENTIALS', message });
