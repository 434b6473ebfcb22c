import type { EntityManager } from 'typeorm';
import { AuditEntry, type AuditAction } from './entities/audit-entry.js';
import { createId } from './ids.js';

/** Who changes something, and from where. */
export interface Actor {
  /** An email address, the name of an API token, or Hookwatch itself. */
  name: string;
  /** The address of the request; null: no request. */
  address: string | null;
}

/** What happens by itself, such as a webhook that is disabled. */
export const hookwatch: Actor = { name: 'Hookwatch', address: null };

/** A change as the audit log has it; whoever writes one leaves secrets out. */
export interface Change {
  /** Whose admins may read it; null: the operator only. */
  accountId: string | null;
  action: AuditAction;
  /** The id of what was changed. */
  target: string;
  changes?: object | null;
}

/** Leaves word of a change in the transaction that makes it: there is never one without the other. */
export async function recordChange(manager: EntityManager, by: Actor, change: Change): Promise<void> {
  await manager.insert(AuditEntry, {
    id: createId('aud'),
    at: new Date(),
    actor: by.name.slice(0, 255),
    address: by.address,
    ...change,
    changes: change.changes ?? null,
  });
}

/** The fields that differ, each with its old and its new value; null: none does. */
export function differences<T extends object>(
  before: T,
  after: T,
): Record<string, { from: unknown; to: unknown }> | null {
  const changed = (Object.keys(after) as Array<keyof T & string>)
    .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map((key) => [key, { from: before[key], to: after[key] }] as const);
  return changed.length > 0 ? Object.fromEntries(changed) : null;
}
