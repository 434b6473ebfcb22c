import { notFound } from '../errors.js';
import type { Actor } from '../storage/audit.js';
import type { Storage } from '../storage/data-source.js';
import { Session } from '../storage/entities/session.js';
import type { User } from '../storage/entities/user.js';
import { recordForPerson } from './person-audit.js';
import { isLive } from './sessions.js';

/** The browsers in which a person is signed in. */
export interface SessionService {
  /** Those that still stand, the last used first. */
  listOf(user: User): Promise<Session[]>;
  /** Ends one of the person's own sessions at once; in other processes within 2 s. */
  revoke(user: User, id: string, by: Actor): Promise<void>;
}

export interface SessionServiceDeps {
  storage: Storage;
  /** Called when a session has ended. */
  onRevoked: () => void;
}

export function createSessionService({ storage, onRevoked }: SessionServiceDeps): SessionService {
  return {
    async listOf({ id }) {
      const sessions = await storage.read.find(Session, {
        where: { userId: id },
        order: { lastSeenAt: 'DESC', id: 'DESC' },
      });
      return sessions.filter((session) => isLive(session, Date.now()));
    },
    async revoke(user, id, by) {
      await storage.write(async (manager) => {
        const { affected } = await manager.delete(Session, { id, userId: user.id });
        if (!affected) throw notFound('session');
        await recordForPerson(manager, by, { userId: user.id, action: 'user.session_revoked' });
      });
      onRevoked();
    },
  };
}
