import { pino, type Logger } from 'pino';

export type { Logger };

/** One JSON line a fact on standard output; never hand it a got error whole, which holds the Authorization header. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    messageKey: 'event',
  });
}
