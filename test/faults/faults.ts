import { crashFaults } from './crash-faults.js';
import { databaseFaults } from './database-faults.js';
import type { Fault } from './fault.js';

/** Every fault that is injected from outside, by its row. */
export const faults: Fault[] = [...crashFaults, ...databaseFaults];
