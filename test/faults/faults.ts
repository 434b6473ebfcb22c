import { clockFaults } from './clock-faults.js';
import { crashFaults } from './crash-faults.js';
import { databaseFaults } from './database-faults.js';
import { diskFaults } from './disk-faults.js';
import type { Fault } from './fault.js';
import { formatFaults } from './format-faults.js';
import { liveFaults } from './live-faults.js';
import { nameFaults } from './name-faults.js';
import { readerFaults } from './reader-faults.js';
import { receiverFaults } from './receiver-faults.js';
import { replayFaults } from './replay-faults.js';
import { replyFaults } from './reply-faults.js';
import { scheduleFaults } from './schedule-faults.js';
import { senderFaults } from './sender-faults.js';
import { stopFaults } from './stop-faults.js';
import { tlsFaults } from './tls-faults.js';
import { workerFaults } from './worker-faults.js';

/** Every fault that is injected from outside. */
export const faults: Fault[] = [
  ...crashFaults,
  ...replayFaults,
  ...stopFaults,
  ...clockFaults,
  ...databaseFaults,
  ...diskFaults,
  ...liveFaults,
  ...replyFaults,
  ...scheduleFaults,
  ...tlsFaults,
  ...receiverFaults,
  ...formatFaults,
  ...nameFaults,
  ...workerFaults,
  ...senderFaults,
  ...readerFaults,
];
