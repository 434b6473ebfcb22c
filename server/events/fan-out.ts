import type { EntityManager } from 'typeorm';
import { inList } from '../storage/bulk.js';
import { lineageOf, type Account } from '../storage/entities/account.js';
import type { EventType } from './event-types.js';

/** A webhook that an event goes to; its deliveries are held while its queue waits for a person. */
export interface Recipient {
  webhookId: string;
  ownerId: string;
  held: boolean;
}

interface Row {
  id: string;
  account_id: string;
  include_child_accounts: number | boolean;
  event_types: string;
  hold_reason: string | null;
}

/** Answers which webhooks get an account's events of a type, reading each account's webhooks once. */
export function createFanOut(
  manager: EntityManager,
): (account: Account, type: EventType) => Promise<Recipient[]> {
  const byAccount = new Map<string, Promise<Map<string, Recipient[]>>>();
  return async (account, type) => {
    const recipients = byAccount.get(account.id) ?? loadRecipients(manager, account);
    byAccount.set(account.id, recipients);
    return (await recipients).get(type) ?? [];
  };
}

/** Active webhooks of the account itself, and of its ancestors where they include child accounts. */
async function loadRecipients(manager: EntityManager, account: Account): Promise<Map<string, Recipient[]>> {
  const lineage = lineageOf(account);
  const rows = await manager.query<Row[]>(
    `select w.id, w.account_id, w.include_child_accounts, w.event_types, q.hold_reason
       from webhooks w join queues q on q.webhook_id = w.id
      where ${inList('w.account_id', lineage)} and w.active and w.deleted_at is null`,
    lineage,
  );
  const byType = new Map<string, Recipient[]>();
  for (const row of rows) {
    if (row.account_id !== account.id && !row.include_child_accounts) continue;
    for (const type of JSON.parse(row.event_types) as EventType[]) {
      const recipients = byType.get(type) ?? [];
      recipients.push({ webhookId: row.id, ownerId: row.account_id, held: row.hold_reason !== null });
      byType.set(type, recipients);
    }
  }
  return byType;
}
