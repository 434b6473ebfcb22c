import { onScopeDispose } from 'vue';

/** Calls back for a key, anywhere on the page, unless something is being typed or a modifier is held. */
export function useShortcut(key: string, run: () => unknown): void {
  const press = (event: KeyboardEvent) => {
    const typing =
      event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable]');
    if (event.key !== key || typing || event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    run();
  };
  addEventListener('keydown', press);
  onScopeDispose(() => removeEventListener('keydown', press));
}
