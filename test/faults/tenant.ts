import { createAccount, createWebhook, newBehavior, publish } from '../helpers/operations.js';
import { until } from '../helpers/until.js';
import type { Scene } from './scene.js';

/** What the log shows of an attempt. */
export interface ShownAttempt {
  outcome: string;
  httpStatus: number | null;
  errorClass: string | null;
  hint: string | null;
  nextAttemptAt: string | null;
  timings: { totalMs: number };
  delivery: { status: string };
}

/** An account with one webhook, beside the scene's: what goes wrong for it is its own affair. */
export interface Tenant {
  publish(): Promise<void>;
  /** Its attempts, oldest first, as soon as there are so many. */
  log(count: number): Promise<ShownAttempt[]>;
  /** Publishes an event and answers its attempt: the best of three, as a busy machine is late for any deadline. */
  attempt(withinMs: number): Promise<ShownAttempt>;
}

const LOG = `query ($accountId: ID!) { attempts(first: 50, filter: { accountId: $accountId }) { edges { node {
  outcome httpStatus errorClass hint nextAttemptAt timings { totalMs } delivery { status } } } } }`;

/** Makes one whose webhook leads to a URL. */
export async function addTenant({ api: { operator } }: Scene, targetUrl: string): Promise<Tenant> {
  const accountId = await createAccount(operator, targetUrl.slice(-64));
  await createWebhook(operator, { accountId, provider: 'CUSTOM', targetUrl });
  const tenant: Tenant = {
    async publish() {
      await publish(operator, newBehavior(accountId));
    },
    log: (count) =>
      until(`${count} attempts are in the log`, async () => {
        const { attempts } = await operator.ask<{ attempts: { edges: Array<{ node: ShownAttempt }> } }>(LOG, {
          accountId,
        });
        return attempts.edges.length >= count && attempts.edges.map(({ node }) => node).reverse();
      }),
    async attempt(withinMs) {
      for (let count = 1; ; count += 1) {
        await tenant.publish();
        const attempt = (await tenant.log(count)).at(-1)!;
        if (attempt.timings.totalMs < withinMs || count === 3) return attempt;
      }
    },
  };
  return tenant;
}
