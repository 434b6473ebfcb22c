import { LessThan, type EntityManager } from 'typeorm';
import { Session } from '../storage/entities/session.js';
import { createId } from '../storage/ids.js';
import { createRandomToken, hashToken } from './tokens.js';

/** Where a sign-in comes from. */
export interface Origin {
  address: string;
  userAgent: string;
}

const IDLE_MS = 12 * 3_600_000;
const ABSOLUTE_MS = 7 * 24 * 3_600_000;
const MAX_USER_AGENT = 200;

/** When a session ends unless it is used again: 12 hours after its last use, 7 days after the sign-in at the latest. */
export const expiryOf = ({ createdAt, lastSeenAt }: Pick<Session, 'createdAt' | 'lastSeenAt'>): Date =>
  new Date(Math.min(lastSeenAt.getTime() + IDLE_MS, createdAt.getTime() + ABSOLUTE_MS));

/** Whether a session still stands. */
export const isLive = (session: Session, nowMs: number): boolean => nowMs < expiryOf(session).getTime();

/** Opens a session, clears the person's expired ones away, and answers the token for the cookie. */
export async function openSession(manager: EntityManager, userId: string, origin: Origin): Promise<string> {
  const now = new Date();
  const token = createRandomToken();
  await manager.delete(Session, [
    { userId, lastSeenAt: LessThan(new Date(now.getTime() - IDLE_MS)) },
    { userId, createdAt: LessThan(new Date(now.getTime() - ABSOLUTE_MS)) },
  ]);
  await manager.insert(Session, {
    tokenHash: hashToken(token),
    id: createId('ses'),
    userId,
    address: origin.address,
    userAgent: origin.userAgent.slice(0, MAX_USER_AGENT),
    createdAt: now,
    lastSeenAt: now,
  });
  return token;
}
