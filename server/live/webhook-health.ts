import type { Access } from '../auth/access.js';
import type { Account } from '../storage/entities/account.js';
import type { Webhook } from '../storage/entities/webhook.js';
import { endable, pause } from './topics.js';

export interface WebhookHealthDeps {
  /** Of each webhook of an account something that differs when its health or its settings do, by its id. */
  standings: (accountId: string) => Promise<Map<string, string>>;
  find: (webhookId: string) => Promise<Webhook | null>;
  /** The account, if the caller may still read it. */
  findAccount: (access: Access, accountId: string) => Promise<Account | null>;
}

/** The webhooks of an account, each as it stands and again when it fares differently, whichever process saw it. */
export type WebhookHealthFeed = (
  access: Access,
  accountId: string,
) => Promise<AsyncGenerator<Webhook, void, void>>;

/** A change is noticed within this time. */
const LOOK_EVERY_MS = 500;

export function createWebhookHealthFeed({
  standings,
  find,
  findAccount,
}: WebhookHealthDeps): WebhookHealthFeed {
  return async (access, accountId) => {
    await access.requireAccount(accountId, 'READ');
    const ended = new AbortController();
    return endable(follow(), () => ended.abort());

    async function* follow(): AsyncGenerator<Webhook, void, void> {
      let seen = new Map<string, string>();
      while (!ended.signal.aborted && (await findAccount(access, accountId))) {
        const now = await standings(accountId);
        for (const [id, standing] of now) {
          const webhook = standing === seen.get(id) ? null : await find(id);
          if (webhook) yield webhook;
        }
        seen = now;
        await pause(LOOK_EVERY_MS, ended.signal);
      }
    }
  };
}
