import { readonly, ref } from 'vue';

const now = ref(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1_000);

/** The time in epoch milliseconds, once a second while the page is visible. */
export const useNow = () => readonly(now);
