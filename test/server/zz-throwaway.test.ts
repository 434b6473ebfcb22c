import { expect } from 'chai';
import { startReceiver } from '../helpers/receiver.js';
import { launchBrowser, openPage } from '../helpers/browser.js';

describe('throwaway', () => {
  it('receives', async () => {
    const receiver = await startReceiver();
    receiver.reply(503, { status: 429, headers: { 'retry-after': '1' }, body: 'x' }, async (r) => ({ body: await Promise.resolve(r.body + '!') }));
    const statuses: [number, string][] = [];
    const wait = receiver.waitFor(4);
    for (let i = 0; i < 4; i++) {
      const r = await fetch(receiver.url + '/a?b', { method: 'POST', body: 'hé' });
      statuses.push([r.status, await r.text()]);
    }
    console.log(statuses, (await wait).length, receiver.requests[0]);
    const failed = await receiver.waitFor((r) => r.url === '/no', 50).catch((e: Error) => e.message);
    console.log(failed);
    receiver.reply(() => new Promise(() => undefined));
    const held = fetch(receiver.url + '/held').catch((e: Error) => e.message);
    console.log((await receiver.waitFor((r) => r.url === '/held')).length);
    await receiver.close();
    console.log(await held);
    await receiver.close();
    expect(1).to.equal(1);
  });
  it('browses', async () => {
    const receiver = await startReceiver();
    receiver.always({ headers: { 'content-type': 'text/html' }, body: '<h1>hi</h1><script>console.warn("w");console.error("e");throw new Error("t")</script>' });
    const browser = await launchBrowser();
    const page = await openPage(browser);
    await page.goto(receiver.url);
    console.log(await page.textContent('h1'), page.problems, page.viewportSize());
    await browser.close();
    await receiver.close();
  });
});
