import type { Storage } from '../storage/data-source.js';
import { createMissedEvents } from './missed-events.js';
import { createFinalDeliveries } from './replay-matches.js';
import type { ReplayScope, ReplaySource } from './replay-source.js';

export interface ReplaySourcesDeps {
  storage: Storage;
  /** How long a delivery and its event are kept after its end. */
  retentionMs: number;
}

/** Answers what a replay makes its deliveries of. */
export const createReplaySources =
  ({ storage, retentionMs }: ReplaySourcesDeps) =>
  (scope: ReplayScope): ReplaySource =>
    scope.missed
      ? createMissedEvents({ storage, retentionMs }, scope)
      : createFinalDeliveries(storage, scope);
