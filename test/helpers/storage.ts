import { openStorage, type Storage } from '../../server/storage/data-source.js';

/** The key of every server and storage that a test opens, so that one reads what the other has stored. */
export const TEST_KEY = Buffer.alloc(32, 7);

/** Opens the storage below a server; each call is one more process, as far as the database knows. */
export const openTestStorage = (databaseUrl: string): Promise<Storage> =>
  openStorage({ databaseUrl, secretKeys: [TEST_KEY] });
