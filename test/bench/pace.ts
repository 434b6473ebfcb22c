import { setTimeout as wait } from 'node:timers/promises';

/** Milliseconds by a clock that all processes of the machine share. */
const sharedNow = (): number => Number(process.hrtime.bigint()) / 1e6;

/**
 * Does something so many times a second, whether the last time is over or not, and tells each time when it was due:
 * what is measured from then counts also how long it had to wait.
 */
export async function pace(
  aSecond: number,
  seconds: number,
  act: (dueAt: number) => Promise<void>,
): Promise<void> {
  const acting: Array<Promise<void>> = [];
  const start = sharedNow();
  for (let number = 0; number < aSecond * seconds; number += 1) {
    const dueAt = start + (number * 1_000) / aSecond;
    const early = dueAt - sharedNow();
    if (early > 0) await wait(early);
    acting.push(act(dueAt));
  }
  await Promise.all(acting);
}
