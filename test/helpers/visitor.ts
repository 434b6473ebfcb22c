import type { Page } from 'playwright-core';
import { OPERATOR, signIn, type TestServer } from './hookwatch.js';

/** Fills in the page for signing in, wherever it came up. */
export async function signInOn(page: Page, { email, password } = OPERATOR): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Opens a page of the first account, signed in as the operator or as somebody else. */
export async function visit(page: Page, server: TestServer, path: string, who = OPERATOR): Promise<void> {
  const [name = '', value = ''] = (await signIn(server.url, who)).split('=');
  await page.context().addCookies([{ name, value, url: server.url }]);
  await page.goto(`${server.url}/accounts/${server.accountId}/${path}`);
}
