import type { OperationVariables, TypedDocumentNode, WatchQueryFetchPolicy } from '@apollo/client/core';
import { computed, onScopeDispose, ref, shallowRef, toValue, watch } from 'vue';
import type { MaybeRefOrGetter } from 'vue';
import { apollo } from '../graphql/client.js';
import { toProblem } from '../graphql/problem.js';
import type { Problem } from '../graphql/problem.js';

export interface QueryOptions {
  /** Default cache-and-network: what is known is shown at once and brought up to date. */
  fetchPolicy?: WatchQueryFetchPolicy;
}

/** A query that follows its variables; while they are null nothing is asked. */
export function useQuery<TData, TVariables extends OperationVariables>(
  document: TypedDocumentNode<TData, TVariables>,
  variables: MaybeRefOrGetter<TVariables | null>,
  options: QueryOptions = {},
) {
  const data = shallowRef<TData>();
  const problem = shallowRef<Problem>();
  const pending = ref(false);
  let subscription: { unsubscribe(): void } | undefined;
  let ask: () => Promise<unknown> = async () => undefined;

  function start(current: TVariables) {
    const query = apollo.watchQuery<TData>({
      query: document,
      variables: current,
      fetchPolicy: options.fetchPolicy ?? 'cache-and-network',
      nextFetchPolicy: 'cache-first',
      notifyOnNetworkStatusChange: true,
    });
    ask = () => query.refetch();
    subscription = query.subscribe((result) => {
      pending.value = result.loading;
      problem.value = result.error ? toProblem(result.error) : undefined;
      if (result.dataState === 'complete') data.value = result.data;
    });
  }

  watch(
    () => JSON.stringify(toValue(variables)),
    () => {
      subscription?.unsubscribe();
      data.value = undefined;
      problem.value = undefined;
      const current = toValue(variables);
      pending.value = current !== null;
      if (current !== null) start(current);
    },
    { immediate: true },
  );
  onScopeDispose(() => subscription?.unsubscribe());

  return {
    data,
    problem,
    /** True while there is nothing to show yet: the time for a skeleton. */
    loading: computed(() => pending.value && data.value === undefined),
    /** Asks again; a failure is in `problem`. */
    refetch: () => ask().catch(() => undefined),
  };
}
