import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { createConnection } from 'mysql2/promise';
import { eachDatabase, sharedMariaDb } from '../../helpers/databases.js';
import type { RowDataPacket } from 'mysql2/promise';

eachDatabase('a database of the tests', ({ name, createUrl }) => {
  it('is another one for every caller', async () => {
    expect(await createUrl()).not.to.equal(await createUrl());
  });

  if (name === 'sqlite') {
    it('lies in a folder of its own that exists', async () => {
      const url = await createUrl();
      const folder = url.slice('sqlite:'.length).replace(/\/[^/]*$/, '');
      expect(url).to.match(/^sqlite:\/.*\.sqlite$/);
      expect(existsSync(folder)).to.equal(true);
    });
    return;
  }

  it('is empty and commits durably', async () => {
    const connection = await createConnection(await createUrl());
    try {
      const [tables] = await connection.query<RowDataPacket[]>('show tables');
      const [settings] = await connection.query<RowDataPacket[]>(
        'select @@innodb_flush_log_at_trx_commit as flush',
      );
      expect(tables).to.deep.equal([]);
      expect(settings[0]).to.deep.equal({ flush: 1 });
    } finally {
      await connection.end();
    }
  });
});

describe('the MariaDB of the tests', () => {
  it('is one server for all suites, which only this machine reaches', async () => {
    const server = await sharedMariaDb();
    expect(await sharedMariaDb()).to.equal(server);
    const connection = await createConnection(await server.createDatabase());
    try {
      const [rows] = await connection.query<RowDataPacket[]>('select @@bind_address as address');
      expect(rows[0]).to.deep.equal({ address: '127.0.0.1' });
    } finally {
      await connection.end();
    }
  });
});
