import { onScopeDispose, ref, watch } from 'vue';
import type { Ref } from 'vue';
import { texts } from '../texts.js';
import type { AttemptRow } from './useLiveAttempts.js';

const freshForMs = 1_500;
const markedAtMost = 5;
const announceEveryMs = 5_000;

/** Marks what has just arrived, unless it is too much to look at, and says it aloud now and then. */
export function useArrivals(arrived: Readonly<Ref<readonly AttemptRow[]>>, silent: () => boolean) {
  const fresh = ref(new Set<string>());
  const announcement = ref('');
  let heard = { count: 0, failed: 0 };
  const timers = new Set<ReturnType<typeof setTimeout>>();

  function mark(rows: readonly AttemptRow[]) {
    if (rows.length > markedAtMost) return;
    for (const { id } of rows) fresh.value.add(id);
    const timer = setTimeout(() => {
      for (const { id } of rows) fresh.value.delete(id);
      timers.delete(timer);
    }, freshForMs);
    timers.add(timer);
  }

  watch(arrived, (rows) => {
    mark(rows);
    heard.count += rows.length;
    heard.failed += rows.filter((row) => row.outcome !== 'SUCCEEDED').length;
  });

  const interval = setInterval(() => {
    if (heard.count > 0 && !silent())
      announcement.value = texts.deliveries.arrived(heard.count, heard.failed);
    heard = { count: 0, failed: 0 };
  }, announceEveryMs);
  onScopeDispose(() => {
    clearInterval(interval);
    for (const timer of timers) clearTimeout(timer);
  });

  return { fresh, announcement };
}
