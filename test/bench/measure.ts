/** What one program did in its runs, in the order of the runs. */
export interface Series {
  program: string;
  unit: string;
  values: number[];
}

/** What a row has to reach: in its own unit, or as a ratio of what it is compared with. */
export interface Target {
  kind: 'value' | 'ratio';
  bound: 'at least' | 'at most';
  limit: number;
}

/** One line of the result: a program's runs, and where it is compared, those of the other in the same rounds. */
export interface Row {
  what: string;
  measured: Series;
  against?: Series;
  /** Absent: for information. */
  target?: Target;
}

/** A program that is measured: each call is one run and answers its figure. */
export interface Contender {
  program: string;
  unit: string;
  run(): Promise<number>;
}

/** How often each program runs. */
export const ROUNDS = 3;

/**
 * Runs programs by turns, so that what else the machine does meets them alike; each round begins with another one.
 * Answers what each run came to, by program.
 */
export async function takeTurns<T>(runs: ReadonlyArray<() => Promise<T>>): Promise<T[][]> {
  const results: T[][] = runs.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1)
    for (let turn = 0; turn < runs.length; turn += 1) {
      const index = (turn + round) % runs.length;
      results[index]!.push(await runs[index]!());
    }
  return results;
}

/** Measures programs by turns. */
export async function alternate(contenders: readonly Contender[]): Promise<Series[]> {
  const results = await takeTurns(
    contenders.map(({ program, unit, run }) => async () => {
      const value = await run();
      progress(`${program}: ${formatNumber(value)} ${unit}`);
      return value;
    }),
  );
  return contenders.map(({ program, unit }, index) => ({ program, unit, values: results[index]! }));
}

/** Ratios of the runs of the same round. */
export const ratiosOf = ({ measured, against }: Row): number[] =>
  against ? measured.values.map((value, index) => value / (against.values[index] ?? NaN)) : [];

/** Whether the median reaches the target. */
export function isReached(row: Row): boolean | null {
  const { target } = row;
  if (!target) return null;
  const value = median(target.kind === 'ratio' ? ratiosOf(row) : row.measured.values);
  return target.bound === 'at least' ? value >= target.limit : value <= target.limit;
}

export const median = (values: readonly number[]): number => percentile(values, 50);

/** The nearest rank: the smallest value that so many percent do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? NaN;
}

/** Things per second of a task. */
export async function rateOf(count: number, task: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await task();
  return (count * 1_000) / (performance.now() - startedAt);
}

/** Three digits at least, thousands separated. */
export function formatNumber(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Tells on standard error what goes on. */
export const progress = (text: string): void => console.error(`  ${text}`);
