import { reactive, readonly } from 'vue';

export interface Toast {
  id: number;
  kind: 'done' | 'failed';
  message: string;
}

const shownMs = { done: 4_000, failed: 8_000 };
const toasts = reactive<Toast[]>([]);
let lastId = 0;

function dismiss(id: number): void {
  const index = toasts.findIndex((toast) => toast.id === id);
  if (index >= 0) toasts.splice(index, 1);
}

function show(kind: Toast['kind'], message: string): void {
  const id = ++lastId;
  toasts.push({ id, kind, message });
  if (toasts.length > 4) toasts.shift();
  setTimeout(() => dismiss(id), shownMs[kind]);
}

/** Tells what the API objected to, or else that it is done; answers whether it is. */
function report(userErrors: readonly { message: string }[], doneMessage: string): boolean {
  const objection = userErrors.map((error) => error.message).join(' ');
  if (objection) show('failed', objection);
  else show('done', doneMessage);
  return objection === '';
}

/** Short messages about the result of what the person just did. */
export const useToasts = () => ({
  toasts: readonly(toasts),
  dismiss,
  done: (message: string) => show('done', message),
  failed: (message: string) => show('failed', message),
  report,
});
