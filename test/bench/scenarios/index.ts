import type { Bench } from '../bench.js';
import type { Row } from '../measure.js';
import { measureBacklog } from './backlog.js';
import { measureDeliveries } from './deliveries.js';
import { measureHec } from './hec.js';
import { measureIdle } from './idle.js';
import { measureLatency } from './latency.js';
import { measureLive } from './live.js';
import { measurePublishing } from './publish.js';
import { measureTarpit } from './tarpit.js';

/** Measures one or a few rows of the result. */
export type Scenario = (bench: Bench) => Promise<Row[]>;

/** In the order of the result; `npm run bench -- NAME` runs one. */
export const scenarios: Record<string, Scenario> = {
  deliveries: measureDeliveries,
  hec: measureHec,
  publish: measurePublishing,
  latency: measureLatency,
  live: measureLive,
  tarpit: measureTarpit,
  backlog: measureBacklog,
  idle: measureIdle,
};
