import { expect } from 'chai';
import { createHttp } from '../../server/http.js';
import { createSqlite } from '../helpers/databases.js';
import { startHookwatch, type TestServer } from '../helpers/hookwatch.js';

const VERSION = '{"query":"{ serverInfo { version } }"}';

/** Every kind of answer there is. */
const requests: Array<{ title: string; path: string; init?: RequestInit }> = [
  { title: 'the page', path: '/', init: { headers: { accept: 'text/html' } } },
  { title: 'a page of the app', path: '/accounts/x/deliveries', init: { headers: { accept: 'text/html' } } },
  { title: 'nothing', path: '/nowhere' },
  { title: 'the schema', path: '/schema.graphql' },
  { title: 'health', path: '/healthz' },
  {
    title: 'an answer of the API',
    path: '/graphql',
    init: { method: 'POST', body: VERSION, headers: { 'content-type': 'application/json' } },
  },
  {
    title: 'a refusal of the API',
    path: '/graphql',
    init: { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } },
  },
  {
    title: 'a request that is too large',
    path: '/graphql',
    init: { method: 'POST', body: ' '.repeat(300_000), headers: { 'content-type': 'application/json' } },
  },
];

describe('Security headers', () => {
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

  for (const { title, path, init } of requests)
    it(`stand on ${title}`, async () => {
      const { headers } = await fetch(`${server.url}${path}`, init);
      const policy = headers.get('content-security-policy')!;
      expect(policy).to.include("default-src 'none'").and.include("frame-ancestors 'none'");
      expect(policy).to.include("script-src 'self'").and.include("base-uri 'none'");
      expect(policy).not.to.match(/unsafe|\*|https?:|script-src[^;]*data:/);
      expect(Object.fromEntries(headers)).to.include({
        ...{ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' },
        ...{ 'x-frame-options': 'SAMEORIGIN', 'cross-origin-opener-policy': 'same-origin' },
      });
      expect(headers.has('x-powered-by')).to.equal(false);
      expect(headers.has('strict-transport-security'), 'HSTS without TLS').to.equal(false);
    });

  it('tell browsers to stay with TLS where PUBLIC_URL has it', async () => {
    const app = await createHttp({ role: 'all', trustProxy: [], publicUrl: 'https://hooks.example.com' });
    const { headers } = await app.inject('/nowhere');
    expect(headers).to.include({ 'strict-transport-security': 'max-age=31536000' });
    await app.close();
  });

  it('give way to a plain refusal where the address is none', async () => {
    const response = await fetch(`${server.url}/%zz`);
    expect(response.status).to.equal(400);
    expect(await response.json()).to.have.nested.property('errors[0].extensions.code', 'BAD_USER_INPUT');
  });
});
