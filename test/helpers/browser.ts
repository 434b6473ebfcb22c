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
