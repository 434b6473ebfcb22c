import type { Bench } from '../bench.js';
import type { Row } from '../measure.js';
import { measureDeliveries } from './deliveries.js';

/** Measures one or a few rows of the result. */
export type Scenario = (bench: Bench) => Promise<Row[]>;

/** In the order of the result; `npm run bench -- NAME` runs one. */
export const scenarios: Record<string, Scenario> = {
  deliveries: measureDeliveries,
};
