import { computed, onMounted, onScopeDispose, ref } from 'vue';
import type { Ref, ShallowRef } from 'vue';

export interface VirtualRowsOptions {
  /** The element that scrolls. */
  viewport: Readonly<ShallowRef<HTMLElement | null>>;
  count: Ref<number>;
  /** Pixels; all rows are equally high. */
  rowHeight: Ref<number>;
}

const overscan = 6;

/** Which rows of a long list lie in its viewport, and how to bring another one there. */
export function useVirtualRows({ viewport, count, rowHeight }: VirtualRowsOptions) {
  const scrollTop = ref(0);
  const height = ref(0);
  const width = ref(0);

  const first = computed(() => Math.max(0, Math.floor(scrollTop.value / rowHeight.value) - overscan));
  const last = computed(() =>
    Math.min(count.value, Math.ceil((scrollTop.value + height.value) / rowHeight.value) + overscan),
  );
  const indices = computed(() =>
    Array.from({ length: Math.max(0, last.value - first.value) }, (_, offset) => first.value + offset),
  );

  const measure = () => {
    height.value = viewport.value?.clientHeight ?? 0;
    width.value = viewport.value?.clientWidth ?? 0;
  };
  const observer = new ResizeObserver(measure);
  onMounted(() => {
    measure();
    if (viewport.value) observer.observe(viewport.value);
  });
  onScopeDispose(() => observer.disconnect());

  function scrollTo(top: number) {
    viewport.value?.scrollTo({ top });
    scrollTop.value = viewport.value?.scrollTop ?? 0;
  }

  return {
    indices,
    width,
    scrollTop,
    onScroll: () => (scrollTop.value = viewport.value?.scrollTop ?? 0),
    /** True if fewer than a screenful of rows follow. */
    nearEnd: computed(() => count.value * rowHeight.value - scrollTop.value < height.value * 2),
    scrollTo,
    /** Scrolls as little as shows the row. */
    reveal(index: number) {
      const top = index * rowHeight.value;
      if (top < scrollTop.value) scrollTo(top);
      else if (top + rowHeight.value > scrollTop.value + height.value)
        scrollTo(top + rowHeight.value - height.value);
    },
  };
}
