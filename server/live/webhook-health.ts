import type { Context } from '../context.js';
import type { Webhook } from '../storage/entities/webhook.js';
import type { Renew } from './renewal.js';
import { endable, pause } from './topics.js';

export interface WebhookHealthDeps {
  /** Of each webhook of an account something that differs when its health or its settings do, by its id. */
  standings: (accountId: string) => Promise<Map<string, string>>;
  find: (webhookId: string) => Promise<Webhook | null>;
  renew: Renew;
}

/** The webhooks of an account, each as it stands and again when it fares differently, whichever process saw it. */
export type WebhookHealthFeed = (
  context: Context,
  accountId: string,
) => Promise<AsyncGenerator<Webhook, void, void>>;

/** A change is noticed within this time. */
const LOOK_EVERY_MS = 500;

export function createWebhookHealthFeed({ standings, find, renew }: WebhookHealthDeps): WebhookHealthFeed {
  return async (context, accountId) => {
    await context.access.requireAccount(accountId, 'READ');
    const ended = new AbortController();
    return endable(follow(), () => ended.abort());

    async function maySee(): Promise<boolean> {
      return (await renew(context)) && (await context.access.findAccount(accountId, 'READ')) !== null;
    }

    async function* follow(): AsyncGenerator<Webhook, void, void> {
      let seen = new Map<string, string>();
      while (!ended.signal.aborted && (await maySee())) {
        const now = await standings(accountId);
        for (const [id, standing] of now) {
          const webhook = standing === seen.get(id) ? null : await find(id);
          if (!webhook) continue;
          // Whoever takes their time may have lost their role since the webhook before.
          if (!(await maySee())) return;
          yield webhook;
        }
        seen = now;
        await pause(LOOK_EVERY_MS, ended.signal);
      }
    }
  };
}
