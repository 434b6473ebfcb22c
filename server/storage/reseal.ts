import type { Storage } from './data-source.js';
import { Webhook } from './entities/webhook.js';
import type { SecretBox } from './secrets.js';

/** What came of encrypting all secrets anew. */
export interface Resealed {
  /** How many secrets are under the current key only now. */
  secrets: number;
  /** Webhooks with a secret that none of the keys opens. */
  unreadable: string[];
}

const PAGE = 100;

/**
 * Encrypts every secret that is under an older key under the current one, while others read and write. A webhook that is
 * saved meanwhile keeps what was saved, and its turn comes again.
 */
export async function resealSecrets(storage: Storage): Promise<Resealed> {
  const unreadable = new Set<string>();
  let secrets = 0;
  for (let stale = true; stale;) {
    stale = false;
    for await (const page of webhooksOf(storage)) {
      const work = page.flatMap((webhook) => resealWebhook(webhook, storage.secrets, unreadable));
      if (work.length === 0) continue;
      stale = true;
      secrets += await storage.write(async (manager) => {
        let done = 0;
        for (const { webhook, columns, count } of work) {
          const { id, version } = webhook;
          const { affected } = await manager.update(Webhook, { id, version }, columns);
          if (affected) done += count;
        }
        return done;
      });
    }
  }
  return { secrets, unreadable: [...unreadable] };
}

async function* webhooksOf({ read }: Storage): AsyncGenerator<Webhook[], void, void> {
  for (let last = ''; ;) {
    const page = await read
      .createQueryBuilder(Webhook, 'webhook')
      .where('webhook.id > :last', { last })
      .orderBy('webhook.id', 'ASC')
      .limit(PAGE)
      .getMany();
    if (page.length === 0) return;
    yield page;
    last = page.at(-1)!.id;
  }
}

interface Work {
  webhook: Webhook;
  columns: Pick<Webhook, 'secretKey' | 'storedHeaders' | 'signingSecret' | 'previousSigningSecret'>;
  count: number;
}

function resealWebhook(webhook: Webhook, secrets: SecretBox, unreadable: Set<string>): Work[] {
  let count = 0;
  const reseal = (sealed: string, column: string): string => {
    if (secrets.isCurrent(sealed)) return sealed;
    const place = { table: 'webhooks', row: webhook.id, column };
    const anew = secrets.seal(secrets.open(sealed, place), place);
    count += 1;
    return anew;
  };
  try {
    const columns = {
      secretKey: webhook.secretKey && reseal(webhook.secretKey, 'secret_key'),
      storedHeaders: webhook.storedHeaders.map(({ name, value }) => ({
        name,
        value: reseal(value, 'headers'),
      })),
      signingSecret: webhook.signingSecret && reseal(webhook.signingSecret, 'signing_secret'),
      previousSigningSecret:
        webhook.previousSigningSecret && reseal(webhook.previousSigningSecret, 'previous_signing_secret'),
    };
    return count > 0 ? [{ webhook, columns, count }] : [];
  } catch {
    unreadable.add(webhook.id);
    return [];
  }
}
