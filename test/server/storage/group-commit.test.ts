import { expect } from 'chai';
import type { EntityManager } from 'typeorm';
import type { Storage } from '../../../server/storage/data-source.js';
import { createSqlite } from '../../helpers/databases.js';
import { openTestStorage } from '../../helpers/storage.js';

describe('writes that wait for SQLite', () => {
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

  const add =
    (name: string) =>
    (manager: EntityManager): Promise<unknown> =>
      manager.query(`insert into setup_links (token_hash, created_at) values (?, 1)`, [name]);

  const stored = async (): Promise<string[]> => {
    const rows = await storage.read.query<Array<{ token_hash: string }>>(
      'select token_hash from setup_links order by token_hash',
    );
    return rows.map((row) => row.token_hash);
  };

  /** The first write is under way when the others come, so that these share a transaction. */
  const together = (...works: Array<(manager: EntityManager) => Promise<unknown>>): Promise<string[]> =>
    Promise.all(
      [add('first'), ...works].map((work) =>
        storage.write(work).then(
          () => 'stored',
          (error: Error) => error.message,
        ),
      ),
    );

  it('are all stored, in the order asked', async () => {
    const order: string[] = [];
    const noting = (name: string) => async (manager: EntityManager) => {
      await add(name)(manager);
      order.push(name);
    };
    expect(await together(noting('b'), noting('c'), noting('d'))).to.deep.equal(Array(4).fill('stored'));
    expect(order).to.deep.equal(['b', 'c', 'd']);
    expect(await stored()).to.deep.equal(['b', 'c', 'd', 'first']);
  });

  it('are told of their end when they can be read, not before', async () => {
    const seen: string[][] = [];
    const write = (name: string): Promise<number> =>
      storage.write(add(name)).then(async () => seen.push(await stored()));
    await Promise.all([write('a'), write('b'), write('c')]);
    expect(seen[1]).to.include.members(['a', 'b', 'c']);
    expect(seen[2]).to.include.members(['a', 'b', 'c']);
  });

  it('fail alone, and leave nothing behind', async () => {
    const failing = async (manager: EntityManager): Promise<never> => {
      await add('never')(manager);
      throw new Error('It is refused');
    };
    expect(await together(add('b'), failing, add('b'), add('c'))).to.deep.equal([
      ...['stored', 'stored', 'It is refused'],
      ...['SqliteError: UNIQUE constraint failed: setup_links.token_hash', 'stored'],
    ]);
    expect(await stored()).to.deep.equal(['b', 'c', 'first']);
  });

  it('run alone where the transaction that they share fails', async () => {
    const broken = (manager: EntityManager): Promise<unknown> => manager.query('no sql');
    const outcomes = await together(add('b'), broken, add('c'));
    expect(outcomes).to.deep.equal(['stored', 'stored', 'SqliteError: near "no": syntax error', 'stored']);
    expect(await stored()).to.deep.equal(['b', 'c', 'first']);
  });
});
