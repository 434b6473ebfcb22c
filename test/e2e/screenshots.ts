// `npm run screenshots`: writes docs/screenshots, of the demo's company. The pages prefer the font Inter: install it.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { startDemo, type Demo } from '../../server/demo/start.js';
import { launchBrowser, openPage, type TestPage } from '../helpers/browser.js';
import { signInOn } from '../helpers/visitor.js';

const folder = fileURLToPath(new URL('../../../docs/screenshots/', import.meta.url));

const looks = [
  { suffix: '', colorScheme: 'light' },
  { suffix: '-dark', colorScheme: 'dark' },
] as const;

const pictures = [
  { name: 'deliveries', open: openRetriedAttempt, height: 900 },
  { name: 'integration', open: openIntegration, height: 1400 },
];

/** Fills the log and opens the second attempt of a delivery whose first one failed. */
async function openRetriedAttempt(page: TestPage): Promise<void> {
  await page.getByRole('link', { name: 'Deliveries', exact: true }).click();
  await page.getByRole('row').nth(20).waitFor();
  const retries = page.getByRole('row').filter({ hasText: 'Retry, try 2' });
  await retries.filter({ hasText: 'Succeeded' }).first().click();
  await page.getByRole('complementary').getByText('HTTP/1.1').waitFor();
}

async function openIntegration(page: TestPage): Promise<void> {
  await page.getByRole('link', { name: 'Integrations', exact: true }).click();
  await page.getByRole('link', { name: 'Splunk SOC' }).click();
  await page.getByText('Events will be sent to').waitFor();
}

async function takeAll(browser: Browser, demo: Demo): Promise<void> {
  for (const { suffix, colorScheme } of looks) {
    const page = await openPage(browser, { colorScheme });
    await page.goto(demo.url);
    await signInOn(page, demo);
    await page.waitForURL('**/overview');
    for (const { name, open, height } of pictures) {
      await page.setViewportSize({ width: 1440, height });
      await open(page);
      await page.screenshot({ path: `${folder}${name}${suffix}.png`, animations: 'disabled' });
    }
    await page.context().close();
  }
}

await mkdir(folder, { recursive: true });
const [demo, browser] = await Promise.all([startDemo({ PORT: '0' }), launchBrowser()]);
try {
  await takeAll(browser, demo);
  console.log(`The pictures are in ${folder}`);
} finally {
  await Promise.all([browser.close(), demo.dispose()]);
}
