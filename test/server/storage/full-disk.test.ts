import { expect } from 'chai';
import type { Storage } from '../../../server/storage/data-source.js';
import { createSqlite } from '../../helpers/databases.js';
import { openTestStorage } from '../../helpers/storage.js';

describe('SQLite, when it was full,', () => {
  let storage: Storage;
  let remove: () => Promise<void>;

  beforeEach(async () => {
    const database = await createSqlite();
    remove = database.remove;
    storage = await openTestStorage(database.url);
  });

  afterEach(async () => {
    await storage.dispose();
    await remove();
  });

  const limitPages = (pages: number): Promise<unknown> =>
    storage.write((manager) => manager.query(`pragma max_page_count = ${pages}`));

  const add = (hash: string): Promise<unknown> =>
    storage.write((manager) =>
      manager.query('insert into setup_links (token_hash, created_at) values (?, 1)', [hash]),
    );

  const stored = async (): Promise<string[]> => {
    const rows = await storage.read.query<Array<{ token_hash: string }>>(
      'select token_hash from setup_links order by token_hash',
    );
    return rows.map((row) => row.token_hash);
  };

  const messageOf = (write: Promise<unknown>): Promise<unknown> =>
    write.then(
      () => 'stored',
      (error: Error) => error.message,
    );

  it('stores what it confirms as soon as there is room again', async () => {
    await limitPages(1);
    expect(await messageOf(add('x'.repeat(100_000)))).to.equal('SqliteError: database or disk is full');
    await limitPages(1_000_000);
    const unwilling = storage.write(async () => {
      throw new Error('changed its mind');
    });
    expect(await messageOf(unwilling)).to.equal('changed its mind');
    await Promise.all([add('first'), add('second')]);
    await add('third');
    expect(await stored()).to.deep.equal(['first', 'second', 'third']);
  });
});
