import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigError } from '../../../server/errors.js';
import { loadOrCreateKeyFile } from '../../../server/storage/key-file.js';
import { createTemporaryFolder } from '../../helpers/folders.js';

describe('key file', () => {
  let folder: Awaited<ReturnType<typeof createTemporaryFolder>>;
  let path: string;

  beforeEach(async () => {
    folder = await createTemporaryFolder();
    path = join(folder.path, 'hookwatch.sqlite.key');
  });

  afterEach(() => folder.remove());

  it('is made for a new database, for its owner’s eyes only', () => {
    const key = loadOrCreateKeyFile(path, false);

    expect(key).to.have.lengthOf(32);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    expect(readFileSync(path, 'utf8')).to.equal(`${key.toString('base64')}\n`);
  });

  it('keeps its key', () => {
    const key = loadOrCreateKeyFile(path, false);

    expect(loadOrCreateKeyFile(path, true)).to.deep.equal(key);
    expect(loadOrCreateKeyFile(path, false)).to.deep.equal(key);
  });

  it('is not made anew beside a database that was encrypted with the lost one', () => {
    expect(() => loadOrCreateKeyFile(path, true)).to.throw(ConfigError, /is missing.*put it back/);
  });

  for (const text of ['', 'short', Buffer.alloc(33).toString('base64')])
    it(`is refused when it holds ${text === '' ? 'nothing' : `${text.length} characters of something else`}`, () => {
      writeFileSync(path, text);

      expect(() => loadOrCreateKeyFile(path, true)).to.throw(ConfigError, 'base64 of 32 bytes');
      expect(readFileSync(path, 'utf8')).to.equal(text);
    });
});
