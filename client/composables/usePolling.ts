import { watch } from 'vue';
import { useNow } from './useNow.js';

/** Whoever has touched nothing for so long is away: an open page alone must not keep its session from its idle end. */
const attendedForMs = 3_600_000;

let touchedAt = Date.now();
for (const type of ['pointermove', 'pointerdown', 'wheel', 'keydown', 'focus'])
  addEventListener(type, () => (touchedAt = Date.now()), { capture: true, passive: true });

/**
 * Calls back every so many seconds for as long as the component lives, while the page is visible and somebody has
 * used it within the last hour.
 */
export function usePolling(everySeconds: number, ask: () => unknown): void {
  const now = useNow();
  let askedAt = now.value;
  watch(now, (ms) => {
    if (ms - askedAt < everySeconds * 1_000 || ms - touchedAt > attendedForMs) return;
    askedAt = ms;
    ask();
  });
}
