import { clockFaults } from './clock-faults.js';
import { crashFaults } from './crash-faults.js';
import { databaseFaults } from './database-faults.js';
import { diskFaults } from './disk-faults.js';
import type { Fault } from './fault.js';
import { liveFaults } from './live-faults.js';
import { nameFaults } from './name-faults.js';
import { readerFaults } from './reader-faults.js';
import { receiverFaults } from './receiver-faults.js';
import { replayFaults } from './replay-faults.js';
import { workerFaults } from './worker-faults.js';

/** Every fault that is injected from outside. */
export const faults: Fault[] = [
  ...crashFaults,
  ...databaseFaults,
  ...diskFaults,
  ...workerFaults,
  ...clockFaults,
  ...nameFaults,
  ...liveFaults,
  ...readerFaults,
  ...receiverFaults,
  ...replayFaults,
];
