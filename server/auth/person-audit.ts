import type { EntityManager } from 'typeorm';
import { recordChange, type Actor, type Change } from '../storage/audit.js';
import { Membership } from '../storage/entities/membership.js';
import { User } from '../storage/entities/user.js';

/** A change that concerns a person instead of an account. */
export interface PersonalChange extends Pick<Change, 'action' | 'changes'> {
  userId: string;
}

/** Tells the admins of every account where the person has a role; the operator, of another operator and of who has none. */
export async function recordForPerson(
  manager: EntityManager,
  by: Actor,
  { userId, ...change }: PersonalChange,
): Promise<void> {
  const memberships = await manager.findBy(Membership, { userId });
  const accountIds: Array<string | null> = memberships.map(({ accountId }) => accountId);
  const isOperator = await manager.existsBy(User, { id: userId, isOperator: true });
  if (isOperator || accountIds.length === 0) accountIds.push(null);
  for (const accountId of accountIds)
    await recordChange(manager, by, { ...change, accountId, target: userId });
}
