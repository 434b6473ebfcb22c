import { setTimeout as wait } from 'node:timers/promises';

const PAUSE_MS = 20;

/** Asks again and again until the answer is yes: for what happens in another process and tells nobody. */
export async function until(what: string, isSo: () => Promise<boolean>, withinMs = 15_000): Promise<void> {
  const endsAt = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() >= endsAt) throw new Error(`${what}: not within ${withinMs} ms`);
    await wait(PAUSE_MS);
  }
}
