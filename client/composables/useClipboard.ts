import { onScopeDispose, ref } from 'vue';

function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  return copied;
}

/** Copies text; `copied` is true for two seconds afterwards. Works without HTTPS too, where the newer API does not. */
export function useClipboard() {
  const copied = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function copy(text: string): Promise<boolean> {
    const done = await (navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    ) ?? Promise.resolve(false));
    copied.value = done || copyBySelection(text);
    clearTimeout(timer);
    timer = setTimeout(() => (copied.value = false), 2_000);
    return copied.value;
  }

  onScopeDispose(() => clearTimeout(timer));
  return { copied, copy };
}
