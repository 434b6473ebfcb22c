import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { requireProgram } from './packages.mjs';

/** A page that remembers what went wrong in it. */
export interface TestPage extends Page {
  /** Console errors and warnings, and uncaught errors, in order. */
  problems: string[];
}

const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Starts the installed Chromium, headless. */
export function launchBrowser(): Promise<Browser> {
  // Chromium's sandbox refuses to run as root.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({
    executablePath: requireProgram('chromium'),
    headless: true,
    args: [...flags, ...sandbox],
  });
}

/** Opens a page in a browser context of its own (its own cookies), at 1440 × 900 unless told otherwise. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<TestPage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.stack ?? error.message}`));
  return Object.assign(page, { problems });
}

/**
 * Declares the hooks of a suite that needs a browser and answers its `openPage`. A test fails for whatever its pages
 * complained about; of one that failed, pictures of its pages remain in a temporary folder, which is printed.
 */
export function useBrowser(): (options?: BrowserContextOptions) => Promise<TestPage> {
  let browser: Browser | undefined;
  let pages: TestPage[] = [];

  before(async () => {
    browser = await launchBrowser();
  });
  afterEach(async function () {
    const opened = pages;
    pages = [];
    const problems = opened.flatMap((page) => page.problems).join('\n');
    if (this.currentTest?.state === 'failed' || problems !== '') await takePictures(opened);
    await Promise.all(opened.map((page) => page.context().close()));
    expect(problems).to.equal('');
  });
  after(() => browser?.close());

  return async (options) => {
    if (!browser) throw new Error('A page can be opened only while a test runs');
    const page = await openPage(browser, options);
    pages.push(page);
    return page;
  };
}

async function takePictures(pages: TestPage[]): Promise<void> {
  if (pages.length === 0) return;
  const folder = await mkdtemp(join(tmpdir(), 'hookwatch-failed-'));
  for (const [index, page] of pages.entries())
    await page.screenshot({ path: join(folder, `${index + 1}.png`) });
  console.error(`Pictures of the pages are in ${folder}`);
}
