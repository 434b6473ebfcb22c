import { insertRows } from '../../server/storage/bulk.js';
import { openTestStorage } from '../helpers/storage.js';

const COPIED = {
  events: ['account_id', 'type', 'occurred_at', 'received_at', 'site_id', 'site_name', 'body'],
  deliveries: [
    ...['webhook_id', 'account_id', 'owner_id', 'event_type', 'status', 'trigger_kind'],
    ...['attempt_count', 'round_count', 'created_at'],
  ],
};

/**
 * Makes so many copies of every event that waits for one of these webhooks and of its delivery, due at once: a
 * million of them are there in seconds. No server may have the database open.
 */
export async function multiply(databaseUrl: string, webhookIds: string[], copies: number): Promise<void> {
  const storage = await openTestStorage(databaseUrl);
  const places = webhookIds.map(() => '?').join(', ');
  const pending = `d.webhook_id in (${places}) and d.status = 'PENDING'`;
  await storage.write(async (manager) => {
    await manager.query('create temporary table copies (number integer primary key)');
    await insertRows(
      manager,
      'copies',
      ['number'],
      Array.from({ length: copies }, (_, index) => [index + 1]),
    );
    await manager.query(
      `insert into deliveries (id, event_id, next_attempt_at, ${COPIED.deliveries.join(', ')})
        select ${copyOf('d.id')}, ${copyOf('d.event_id')}, ?, ${COPIED.deliveries.map((name) => `d.${name}`).join(', ')}
          from copies c join deliveries d on ${pending}`,
      [await storage.now(manager), ...webhookIds],
    );
    await manager.query(
      `insert into events (id, ${COPIED.events.join(', ')})
        select ${copyOf('e.id')}, ${COPIED.events.map((name) => `e.${name}`).join(', ')}
          from copies c join events e on e.id in (select event_id from deliveries d where ${pending})`,
      webhookIds,
    );
    await manager.query('drop table copies');
  });
  await storage.dispose();
}

/** The prefix, the copy's number in five digits instead of the first part of the time, and the rest. */
const copyOf = (id: string): string =>
  `concat(substr(${id}, 1, 4), substr(concat('0000', c.number), -5), substr(${id}, 10))`;
