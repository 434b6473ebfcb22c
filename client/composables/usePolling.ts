import { watch } from 'vue';
import { useNow } from './useNow.js';

/** Calls back every so many seconds while the page is visible, for as long as the component lives. */
export function usePolling(everySeconds: number, ask: () => unknown): void {
  const now = useNow();
  watch(now, (ms) => {
    if (Math.floor(ms / 1000) % everySeconds === 0) ask();
  });
}
