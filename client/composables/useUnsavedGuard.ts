import { onScopeDispose } from 'vue';
import { onBeforeRouteLeave, onBeforeRouteUpdate } from 'vue-router';
import { texts } from '../texts.js';
import { useConfirm } from './useConfirm.js';

/** Asks before unsaved changes are lost: on a way to another page, and on closing the window. */
export function useUnsavedGuard(isDirty: () => boolean): void {
  const { confirm } = useConfirm();

  const mayLeave = () => !isDirty() || confirm({ ...texts.unsaved, dangerous: true });
  onBeforeRouteLeave(mayLeave);
  onBeforeRouteUpdate((to, from) => (to.path === from.path ? true : mayLeave()));

  const warn = (event: BeforeUnloadEvent) => {
    if (isDirty()) event.preventDefault();
  };
  addEventListener('beforeunload', warn);
  onScopeDispose(() => removeEventListener('beforeunload', warn));
}
