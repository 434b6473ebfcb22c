import { expect } from 'chai';
import type { EntityManager } from 'typeorm';
import type { Storage } from '../../../server/storage/data-source.js';
import { createGroupCommit, type GroupCommit } from '../../../server/storage/group-commit.js';
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

describe('what SQLite has committed', () => {
  interface Manager {
    transaction<T>(work: (manager: Manager) => Promise<T>): Promise<T>;
  }
  const manager: Manager = { transaction: (work) => work(manager) };

  let happened: string[];
  let sync: () => Promise<void>;
  let commits: GroupCommit<Manager>;

  beforeEach(() => {
    happened = [];
    commits = createGroupCommit<Manager>({
      run: (work) => work(manager),
      sync: () => sync(),
      isOwnFault: () => true,
    });
  });

  const write = (name: string): Promise<unknown> =>
    commits
      .write(async () => happened.push(`run ${name}`))
      .then(
        () => happened.push(`told ${name}`),
        (error: Error) => happened.push(`${name}: ${error.message}`),
      );

  it('is told to nobody before it is on the disk, and keeps later writes waiting until then', async () => {
    let last = Promise.resolve<unknown>(null);
    sync = async () => {
      if (!happened.includes('on the disk')) last = write('c');
      await Promise.resolve();
      happened.push('on the disk');
    };
    await Promise.all(['a', 'b'].map(write));
    await last;
    expect(happened).to.deep.equal([
      ...['run a', 'run b', 'on the disk', 'told a', 'told b'],
      ...['run c', 'on the disk', 'told c'],
    ]);
  });

  it('is told as failed, and not run again, where the disk fails; what comes later goes on', async () => {
    let isBroken = true;
    sync = async () => {
      if (isBroken) throw new Error('the disk is broken');
    };
    await Promise.all(['a', 'b'].map(write));
    await write('c');
    isBroken = false;
    await write('d');
    expect(happened).to.deep.equal([
      ...['run a', 'run b', 'a: the disk is broken', 'b: the disk is broken'],
      ...['run c', 'c: the disk is broken', 'run d', 'told d'],
    ]);
  });
});
