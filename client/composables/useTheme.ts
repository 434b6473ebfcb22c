import { readonly, ref, watchEffect } from 'vue';

export type ThemeChoice = 'system' | 'light' | 'dark';

const storageKey = 'hookwatch.theme';
const systemDark = matchMedia('(prefers-color-scheme: dark)');

function storedChoice(): ThemeChoice {
  try {
    const stored = localStorage.getItem(storageKey);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}

const choice = ref<ThemeChoice>(storedChoice());
const systemIsDark = ref(systemDark.matches);
systemDark.addEventListener('change', (event) => (systemIsDark.value = event.matches));

watchEffect(() => {
  const dark = choice.value === 'dark' || (choice.value === 'system' && systemIsDark.value);
  document.documentElement.classList.toggle('dark', dark);
});

function choose(next: ThemeChoice): void {
  choice.value = next;
  try {
    if (next === 'system') localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, next);
  } catch {
    // Storage may be blocked: the choice then lasts until the page is closed.
  }
}

/** Light, dark, or as the system says (the default). public/theme.js applies the same rule before first paint. */
export const useTheme = () => ({ choice: readonly(choice), choose });
