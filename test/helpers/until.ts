import { setTimeout as wait } from 'node:timers/promises';

const PAUSE_MS = 20;

/** Asks again and again until the answer is not false, and answers it: for what happens elsewhere and tells nobody. */
export async function until<T>(what: string, ask: () => Promise<T | false>, withinMs = 15_000): Promise<T> {
  const endsAt = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== false) return answer;
    if (performance.now() >= endsAt) throw new Error(`${what}: not within ${withinMs} ms`);
    await wait(PAUSE_MS);
  }
}
