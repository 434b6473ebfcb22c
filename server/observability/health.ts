import type { FastifyInstance } from 'fastify';
import { within } from './within.js';

/** A database that takes longer to answer is not ready. */
const READY_WITHIN_MS = 2_000;

/** Whether the process runs (/healthz) and whether it can do its work (/readyz, which asks the database). */
export function serveHealth(app: FastifyInstance, pingDatabase: () => Promise<void>): void {
  let asked: Promise<void> | null = null;

  /** Who comes while the database is being asked waits for the same answer. */
  function ask(): Promise<void> {
    asked ??= pingDatabase().finally(() => (asked = null));
    return within(READY_WITHIN_MS, asked);
  }

  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    try {
      await ask();
      return { status: 'ready' };
    } catch {
      return reply.code(503).send({ status: 'not ready', reason: 'The database does not answer.' });
    }
  });
}
