import { setTimeout as wait } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';

/** Another program on MariaDB that locks what Hookwatch locks, in the opposite order, again and again. */
export interface Rival {
  /** How many deadlocks the server has resolved since it began. */
  deadlocks(): Promise<number>;
  end(): Promise<void>;
}

/** Against who publishes (events, then deliveries) and against who records (deliveries, then statistics), by turns. */
const ORDERS = [
  ['deliveries', 'events'],
  ['attempt_statistics', 'deliveries'],
];

/** Starts it; it never loses, as InnoDB ends the transaction that has changed fewer rows. */
export async function startRival(databaseUrl: string): Promise<Rival> {
  const connection = await createConnection(databaseUrl);
  const watcher = await createConnection(databaseUrl);
  await connection.query('create table if not exists rival (number int)');
  await connection.query('set session transaction isolation level repeatable read');
  const count = async (): Promise<number> => {
    const [rows] = await watcher.query(`show global status like 'Innodb_deadlocks'`);
    return Number((rows as Array<{ Value: string }>)[0]!.Value);
  };
  const before = await count();
  let ended: Promise<void> | null = null;
  let isOver = false;

  async function lockBothWays(): Promise<void> {
    for (let turn = 0; !isOver; turn += 1) {
      const [first, second] = ORDERS[turn % ORDERS.length]!;
      await connection.beginTransaction();
      await connection.query('insert into rival select seq from seq_1_to_2000');
      await connection.query(`select * from ${first} for update`);
      // Whoever holds some of the second now waits for the first.
      await wait(20);
      await connection.query(`select * from ${second} for update`);
      await connection.rollback();
      await wait(50);
    }
  }
  const locking = lockBothWays();
  return {
    deadlocks: async () => (await count()) - before,
    end() {
      isOver = true;
      ended ??= locking.finally(async () => {
        await connection.end();
        await watcher.end();
      });
      return ended;
    },
  };
}
