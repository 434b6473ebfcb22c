import { computed, onScopeDispose, readonly, ref, shallowRef, triggerRef, watch } from 'vue';
import type { Ref } from 'vue';
import { apollo } from '../graphql/client.js';
import { AttemptsDocument, LiveAttemptsDocument } from '../graphql/generated.js';
import type { AttemptFilter, AttemptRowFragment } from '../graphql/generated.js';
import { toProblem } from '../graphql/problem.js';
import type { Problem } from '../graphql/problem.js';
import { createAttemptLog } from '../lib/attempt-log.js';
import { useSubscription } from './useSubscription.js';
import type { ConnectionState } from './useSubscription.js';

export type AttemptRow = AttemptRowFragment;

/** delayed: live, but attempts of other machines come up to a second late. */
export type LiveState = ConnectionState | 'delayed';

const capacity = 100_000;
const pageSize = 100;

/**
 * The newest attempts and all that follow: a snapshot, then the subscription from the snapshot's cursor,
 * merged by id. Rows live outside Vue's reactivity; `version` changes at most once a frame.
 */
export function useLiveAttempts(filter: Ref<AttemptFilter | null>) {
  const log = createAttemptLog<AttemptRow>({ capacity });
  const version = shallowRef({});
  const arrived = shallowRef<AttemptRow[]>([]);
  const loading = ref(true);
  const loadingOlder = ref(false);
  const hasOlder = ref(false);
  const missed = ref(0);
  const delayed = ref(false);
  const problem = shallowRef<Problem>();
  let newestCursor: string | null = null;
  let oldestCursor: string | null = null;
  let frame = 0;
  let generation = 0;

  /** One repaint for all that arrives within a frame. */
  function repaint() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      triggerRef(version);
    });
  }

  const live = useSubscription(LiveAttemptsDocument, {
    variables: () => ({ filter: filter.value, after: newestCursor ?? undefined }),
    onData({ attempts: batch }) {
      newestCursor = batch.cursor;
      delayed.value = batch.delayed;
      if (batch.missed > 0) missed.value += batch.missed;
      const added = log.append(batch.attempts);
      if (added.length > 0) arrived.value = added;
      repaint();
    },
  });

  async function ask(after?: string) {
    const { data } = await apollo.query({
      query: AttemptsDocument,
      variables: { filter: filter.value, first: pageSize, after },
      fetchPolicy: 'no-cache',
    });
    return data?.attempts;
  }

  /** Takes the newest page; answers false if another filter was chosen meanwhile or the server did not answer. */
  async function snapshot(): Promise<boolean> {
    const mine = generation;
    try {
      const page = await ask();
      if (mine !== generation || !page) return false;
      log.append(page.edges.map((edge) => edge.node).reverse());
      newestCursor ??= page.pageInfo.startCursor;
      oldestCursor = page.pageInfo.endCursor;
      hasOlder.value = page.pageInfo.hasNextPage;
      problem.value = undefined;
      repaint();
      return true;
    } catch (error) {
      if (mine === generation) problem.value = toProblem(error);
      return false;
    }
  }

  async function reload() {
    generation += 1;
    live.stop();
    log.clear();
    newestCursor = oldestCursor = null;
    missed.value = 0;
    hasOlder.value = false;
    loading.value = true;
    problem.value = undefined;
    triggerRef(version);
    if (!filter.value) return;
    const mine = generation;
    const found = await snapshot();
    if (mine !== generation) return;
    loading.value = false;
    if (found) live.start();
  }

  async function loadOlder() {
    if (!hasOlder.value || loadingOlder.value || log.isFull) return;
    const mine = generation;
    loadingOlder.value = true;
    try {
      const page = await ask(oldestCursor ?? undefined);
      if (mine !== generation || !page) return;
      log.prepend(page.edges.map((edge) => edge.node));
      oldestCursor = page.pageInfo.endCursor;
      hasOlder.value = page.pageInfo.hasNextPage;
      repaint();
    } catch (error) {
      problem.value = toProblem(error);
    } finally {
      loadingOlder.value = false;
    }
  }

  // An empty log has no cursor: what ended between the snapshot and the accepted socket is asked for once more.
  watch(live.state, (state) => {
    if (state === 'live' && newestCursor === null) void snapshot();
  });
  watch(() => JSON.stringify(filter.value), reload, { immediate: true });
  onScopeDispose(() => cancelAnimationFrame(frame));

  return {
    log,
    version: readonly(version),
    /** The rows of the latest batch that were not there before. */
    arrived: readonly(arrived),
    connection: computed((): LiveState =>
      live.state.value === 'live' && delayed.value ? 'delayed' : live.state.value,
    ),
    loading: readonly(loading),
    loadingOlder: readonly(loadingOlder),
    hasOlder: readonly(hasOlder),
    /** How many attempts the server skipped because this page was too slow. */
    missed: readonly(missed),
    problem: readonly(problem),
    reload,
    loadOlder,
  };
}
