import { expect } from 'chai';
import { useBrowser } from '../helpers/browser.js';
import { createSqlite } from '../helpers/databases.js';
import { startHookwatch, type TestServer } from '../helpers/hookwatch.js';
import { createWebhook, liveAttempts, newBehavior, publish } from '../helpers/operations.js';
import { startReceiver, type Receiver } from '../helpers/receiver.js';
import { visit } from '../helpers/visitor.js';

/** What a page that reads a reply as anything but text would run; each would set `pwned`, ask or fetch. */
const bodies = [
  '<script>window.pwned = 1</script>',
  '<img src=x onerror="window.pwned = 1">',
  '<svg onload="window.pwned = 1"></svg>',
  '<svg><script>window.pwned = 1</script></svg>',
  '<iframe srcdoc="<script>parent.pwned = 1</script>"></iframe>',
  '<iframe src="javascript:parent.pwned = 1"></iframe>',
  '<a href="javascript:window.pwned = 1">click me</a>',
  '<a href="https://evil.example/">click me</a>',
  'javascript:window.pwned=1',
  'https://evil.example/',
  '<body onload="window.pwned = 1">',
  '<details open ontoggle="window.pwned = 1"><summary>x</summary></details>',
  '<input autofocus onfocus="window.pwned = 1">',
  '<video><source onerror="window.pwned = 1"></video>',
  '<style>@import "https://evil.example/x.css"; * { display: none }</style>',
  '<link rel="stylesheet" href="https://evil.example/x.css">',
  '<base href="https://evil.example/">',
  '<meta http-equiv="refresh" content="0; url=https://evil.example/">',
  '<form action="https://evil.example/"><button autofocus>Sign in again</button></form>',
  '<object data="https://evil.example/x"></object><embed src="https://evil.example/x">',
  '<math><mtext><table><mglyph><style><img src=x onerror="window.pwned = 1">',
  '</code></pre></div><script>window.pwned = 1</script>',
  '--><!--<script>window.pwned = 1</script>',
  ']]><script>window.pwned = 1</script>',
  '{{ constructor.constructor("window.pwned = 1")() }}',
  '${window.pwned = 1}',
  '{"a":"</script><script>window.pwned = 1</script>","__proto__":{"pwned":1}}',
  '{"<img src=x onerror=window.pwned=1>":"<img src=x onerror=window.pwned=1>"}',
  '{"constructor":{"prototype":{"pwned":1}},"toString":"x","length":1e9}',
  `${'['.repeat(8_000)}${']'.repeat(8_000)}`,
  '\u202Egnp.exe\u2066<script>window.pwned = 1</script>',
  '\u0000\u0001\u001B[31m<script>window.pwned = 1</script>\u2028\u2029\uFEFF',
  '+ADw-script+AD4-window.pwned=1+ADw-/script+AD4-',
  '<script src="data:text/javascript,window.pwned=1"></script>',
  '<img src="https://evil.example/pixel.png"><img srcset="https://evil.example/pixel.png">',
  '<template><img src=x onerror="window.pwned = 1"></template><noscript><p title="</noscript><img src=x onerror=window.pwned=1>">',
];

/** Elements that text can never become; the app has none of them in the viewer. */
const FOREIGN =
  'script, iframe, object, embed, form, style, link, base, meta, video, math, input, details, img, a';

describe('Hostile replies in the browser', function () {
  this.timeout(120_000);
  const open = useBrowser();
  let server: TestServer;
  let receiver: Receiver;
  let removeDatabase: () => Promise<void>;

  before(async () => {
    const database = await createSqlite();
    removeDatabase = database.remove;
    receiver = await startReceiver();
    server = await startHookwatch(database.url, { WEBHOOK_CONCURRENCY: '1' });
    await createWebhook(server.operator, {
      ...{ accountId: server.accountId, provider: 'CUSTOM', targetUrl: receiver.url },
      name: '<img src=x onerror="window.pwned = 1">',
    });
  });

  after(async () => {
    await server.stop();
    await receiver.close();
    await removeDatabase();
  });

  it('stay text: nothing runs, nothing is fetched, nothing of the page changes', async () => {
    const hostile = '<img src=x onerror="window.pwned = 1">';
    for (const body of bodies)
      receiver.reply({
        headers: { 'content-type': 'text/html', 'x-hostile': hostile, location: 'javascript:window.pwned=1' },
        body,
      });
    const seen = liveAttempts(server.operator, (log) => log.length === bodies.length);
    await publish(
      server.operator,
      ...bodies.map(() =>
        newBehavior(server.accountId, {
          siteName: hostile,
          data: { script_name: hostile, behavior_name: '{{ 7 * 7 }}', site_script_id: 'javascript:alert(1)' },
        }),
      ),
    );
    const replies = new Map((await seen).map(({ id, response }) => [id, response!.body!]));
    expect(new Set(replies.values()).size).to.equal(bodies.length);

    const page = await open();
    await visit(page, server, 'deliveries');
    const strayed: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url)) strayed.push(request.url());
    });
    page.on('dialog', (dialog) => {
      strayed.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    for (const [id, body] of replies) {
      await page.goto(`${server.url}/accounts/${server.accountId}/deliveries?attempt=${id}`);
      const panel = page.getByRole('complementary').or(page.getByRole('dialog')).last();
      const shown = panel.getByRole('group', { name: 'Response body' });
      await shown.waitFor();
      expect(squeeze(await shown.textContent()), id).to.equal(squeeze(body));
      expect(await shown.locator(FOREIGN).count(), body).to.equal(0);
      expect(await page.evaluate(() => 'pwned' in window || 'pwned' in {}), body).to.equal(false);
    }
    expect(strayed).to.deep.equal([]);
    expect(new URL(page.url()).origin).to.equal(server.url);
  });
});

/** Without what indenting adds. */
const squeeze = (text: string | null): string => (text ?? '').replace(/\s/g, '');
