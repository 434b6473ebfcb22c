import type { TestDatabase } from '../helpers/databases.js';
import type { Stage } from './stage.js';

/** A fault that is injected from outside, and what a correct system does then. */
export interface Fault {
  /** Its place in the list of faults. */
  row: number;
  /** The fault and what must follow, as a sentence about the process. */
  title: string;
  /** The one engine that it can happen to; default: any. */
  engine?: 'sqlite' | 'mariadb';
  /** Whether `npm test` injects it too; the others are for `npm run test:faults`. */
  short?: true;
  /** Injects it; throws unless all is as it must be; answers what was seen, in a few words. */
  run(stage: Stage): Promise<string>;
}

export const happensOn = ({ engine }: Fault, { name }: Pick<TestDatabase, 'name'>): boolean =>
  engine === undefined || engine === name;
