import { insertRows } from '../../server/storage/bulk.js';
import { openTestStorage } from '../helpers/storage.js';

const COPIED = {
  events: ['account_id', 'type', 'occurred_at', 'received_at', 'site_id', 'site_name', 'body'],
  deliveries: [
    ...['webhook_id', 'account_id', 'owner_id', 'event_type', 'status', 'trigger_kind'],
    ...['attempt_count', 'round_count', 'created_at'],
  ],
};

const COPIES_AT_ONCE = 100;

/**
 * Makes so many copies of every event that waits for one of these webhooks and of its delivery, due at once: a
 * million of them are there in seconds. No server may have the database open.
 */
export async function multiply(databaseUrl: string, webhookIds: string[], copies: number): Promise<void> {
  const storage = await openTestStorage(databaseUrl);
  const places = webhookIds.map(() => '?').join(', ');
  await storage.write(async (manager) => {
    await manager.query('create temporary table copies (number integer primary key)');
    await insertRows(
      manager,
      'copies',
      ['number'],
      Array.from({ length: copies }, (_, index) => [index + 1]),
    );
    await manager.query(
      `create temporary table originals as
        select id, event_id from deliveries where webhook_id in (${places}) and status = 'PENDING'`,
      webhookIds,
    );
    const now = await storage.now(manager);
    // In one statement they would take longer than a database may be silent.
    for (let from = 1; from <= copies; from += COPIES_AT_ONCE) {
      const chosen = 'join copies c on c.number >= ? and c.number < ?';
      const range = [from, from + COPIES_AT_ONCE];
      await manager.query(
        `insert into deliveries (id, event_id, next_attempt_at, ${COPIED.deliveries.join(', ')})
          select ${copyOf('d.id')}, ${copyOf('d.event_id')}, ?, ${COPIED.deliveries.map((name) => `d.${name}`).join(', ')}
            from originals o join deliveries d on d.id = o.id ${chosen}`,
        [now, ...range],
      );
      await manager.query(
        `insert into events (id, ${COPIED.events.join(', ')})
          select ${copyOf('e.id')}, ${COPIED.events.map((name) => `e.${name}`).join(', ')}
            from originals o join events e on e.id = o.event_id ${chosen}`,
        range,
      );
    }
    await manager.query('drop table originals');
    await manager.query('drop table copies');
  });
  await storage.dispose();
}

/** The prefix, the copy's number in five digits instead of the first part of the time, and the rest. */
const copyOf = (id: string): string =>
  `concat(substr(${id}, 1, 4), substr(concat('0000', c.number), -5), substr(${id}, 10))`;
