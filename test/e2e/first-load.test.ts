import { expect } from 'chai';
import { useBrowser } from '../helpers/browser.js';
import { createSqlite } from '../helpers/databases.js';
import { startHookwatch, type TestServer } from '../helpers/hookwatch.js';
import { visit } from '../helpers/visitor.js';

/** What the scripts of the integrations page may weigh, gzipped. */
const SCRIPT_BUDGET_BYTES = 250_000;

describe('The first load', function () {
  this.timeout(60_000);
  const open = useBrowser();
  let server: TestServer;
  let removeDatabase: () => Promise<void>;

  before(async () => {
    const database = await createSqlite();
    removeDatabase = database.remove;
    server = await startHookwatch(database.url);
  });

  after(async () => {
    await server.stop();
    await removeDatabase();
  });

  it('of the integrations page takes less than 250 kB of script, compressed and kept for good', async () => {
    const page = await open();
    const scripts = new Set<string>();
    page.on('request', (request) => {
      if (request.resourceType() === 'script' && request.url().includes('/assets/'))
        scripts.add(request.url());
    });
    await visit(page, server, 'settings/integrations/new');
    await page.getByLabel('Target URL').waitFor();

    let bytes = 0;
    for (const url of scripts) {
      const { headers } = await fetch(url, { headers: { 'accept-encoding': 'gzip' } });
      expect(headers.get('content-encoding'), url).to.equal('gzip');
      expect(headers.get('cache-control'), url).to.include('immutable');
      expect(headers.get('vary'), url).to.equal('accept-encoding');
      bytes += Number(headers.get('content-length'));
    }
    expect(scripts.size).to.be.above(3);
    expect(bytes).to.be.above(100_000).and.below(SCRIPT_BUDGET_BYTES);
  });

  it('asks for the page itself anew each time, so that an update is seen', async () => {
    const { status, headers } = await fetch(`${server.url}/sign-in`, { headers: { accept: 'text/html' } });
    expect(status).to.equal(200);
    expect(headers.get('cache-control')).to.equal('no-cache');
  });
});
