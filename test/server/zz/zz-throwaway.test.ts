import { expect } from 'chai';
import { createServer } from 'node:net';
import { eachDatabase } from '../../helpers/databases.js';
describe('throwaway', () => {
  it('passes', () => { expect(1).to.equal(1); });
  it('leaks', () => { createServer().listen(0); });
});
eachDatabase('zzdb', (d) => { it('works', async () => { console.log(await d.createUrl()); }); });
