import type { Logger } from '../observability/logger.js';
import type { Storage } from '../storage/data-source.js';
import { createBatchRunner, summarize, type BatchRunner, type Turn } from './batch-runner.js';
import { settleQueue } from './queue-settling.js';

export interface SettlerDeps {
  storage: Storage;
  logger: Logger;
  /** Called after the commit: deliveries have become due. */
  onReleased: () => void;
}

/** Has deliveries follow what was decided of their queues, a batch of each queue by turns. */
export function createSettler({ storage, logger, onReleased }: SettlerDeps): BatchRunner {
  async function settle(webhookId: string): Promise<Turn> {
    const done = await storage.write(async (manager) => {
      const [locked] = await manager.query<unknown[]>(
        `select webhook_id from queues where webhook_id = ? ${storage.sql.skipLocked}`,
        [webhookId],
      );
      return locked ? settleQueue(storage, manager, webhookId) : null;
    });
    if (done?.released) onReleased();
    if (!done) return 'later';
    return done.settled ? 'none' : 'more';
  }

  return createBatchRunner({
    logger,
    failed: 'queue.settle_failed',
    async turn(stopping) {
      const queues = await storage.read.query<Array<{ webhook_id: string }>>(
        'select webhook_id from queues where settling_since is not null order by settling_since',
      );
      const turns: Turn[] = [];
      for (const { webhook_id } of queues) if (!stopping.aborted) turns.push(await settle(webhook_id));
      return summarize(turns);
    },
  });
}
