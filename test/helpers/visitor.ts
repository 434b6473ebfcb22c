import type { Page } from 'playwright-core';
import { OPERATOR, signIn, type TestServer } from './hookwatch.js';

/** Opens a page of the first account, signed in as the operator or as somebody else. */
export async function visit(page: Page, server: TestServer, path: string, who = OPERATOR): Promise<void> {
  const [name = '', value = ''] = (await signIn(server.url, who)).split('=');
  await page.context().addCookies([{ name, value, url: server.url }]);
  await page.goto(`${server.url}/accounts/${server.accountId}/${path}`);
}
