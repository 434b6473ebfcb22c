import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigError } from '../../../server/errors.js';
import { addKey, openKeyFile } from '../../../server/storage/key-file.js';
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
    const [key, ...others] = openKeyFile(path, false)();

    expect(key).to.have.lengthOf(32);
    expect(others).to.deep.equal([]);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    expect(readFileSync(path, 'utf8')).to.equal(`${key!.toString('base64')}\n`);
  });

  it('keeps its key', () => {
    const keys = openKeyFile(path, false)();

    expect(openKeyFile(path, true)()).to.deep.equal(keys);
    expect(openKeyFile(path, false)()).to.deep.equal(keys);
  });

  it('gets a new key in front, which who has it open sees at once; of the old ones the last stays', () => {
    const ring = openKeyFile(path, false);
    const [first] = ring();
    addKey(path);
    const [second, ...old] = ring();

    expect(old).to.deep.equal([first]);
    expect(second).to.not.deep.equal(first);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    addKey(path);
    expect(ring()).to.have.length(2);
    expect(ring()[1]).to.deep.equal(second);
    expect(openKeyFile(path, true)()).to.deep.equal(ring());
  });

  it('is remembered by who has it open, even when it is gone', () => {
    const ring = openKeyFile(path, false);
    const keys = ring();
    rmSync(path);

    expect(ring()).to.deep.equal(keys);
  });

  it('is not made anew beside a database that was encrypted with the lost one', () => {
    expect(() => openKeyFile(path, true)).to.throw(ConfigError, /is missing.*put it back/);
  });

  for (const text of ['', 'short', Buffer.alloc(33).toString('base64')])
    it(`is refused when it holds ${text === '' ? 'nothing' : `${text.length} characters of something else`}`, () => {
      writeFileSync(path, text);

      expect(() => openKeyFile(path, true)).to.throw(ConfigError, 'base64 of 32 bytes');
      expect(readFileSync(path, 'utf8')).to.equal(text);
    });
});
