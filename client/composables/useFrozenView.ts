import { computed, ref } from 'vue';

/** What a view needs to know of the log behind it. */
export interface SequencedLog {
  readonly start: number;
  readonly end: number;
}

/**
 * Decides how much of a growing log is shown. Following, it is everything. Paused by the person, or scrolled away
 * from the newest row, the view keeps its head and counts what waits behind it.
 */
export function useFrozenView(log: SequencedLog, version: () => unknown) {
  const frozenAt = ref<number | null>(null);
  const paused = ref(false);
  const scrolledAway = ref(false);

  const end = computed(() => (version(), log.end));
  const start = computed(() => (version(), log.start));
  const head = computed(() => Math.max(frozenAt.value ?? end.value, start.value));

  function update() {
    if (!paused.value && !scrolledAway.value) frozenAt.value = null;
    else frozenAt.value ??= log.end;
  }

  return {
    paused,
    /** The position after the newest row shown. */
    head,
    count: computed(() => head.value - start.value),
    /** How many newer rows wait. */
    waiting: computed(() => end.value - head.value),
    pause() {
      paused.value = true;
      update();
    },
    /** Shows everything that waited, once, and follows again. */
    resume() {
      paused.value = false;
      frozenAt.value = null;
      update();
    },
    setScrolledAway(away: boolean) {
      scrolledAway.value = away;
      update();
    },
    reset() {
      frozenAt.value = null;
      scrolledAway.value = false;
      update();
    },
  };
}
