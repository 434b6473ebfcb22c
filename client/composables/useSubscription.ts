import type { FetchPolicy, OperationVariables, TypedDocumentNode } from '@apollo/client/core';
import { CombinedGraphQLErrors } from '@apollo/client/core';
import { onScopeDispose, readonly, ref } from 'vue';
import { apollo, isSocketAccepted, socketClient } from '../graphql/client.js';
import { loadSession } from './useSession.js';
import { reconnectDelayMs } from '../lib/backoff.js';

/**
 * connecting: for the first time. live: the server has accepted the socket. reconnecting: lost, trying again.
 * offline: the browser has no network. stopped: not asked for, or refused by the server.
 */
export type ConnectionState = 'connecting' | 'live' | 'reconnecting' | 'offline' | 'stopped';

export interface SubscriptionHandlers<TData, TVariables> {
  /** Asked anew for every connection, so that a cursor in it resumes where the last one ended. */
  variables(): TVariables;
  onData(data: TData): void;
  /** Whether there is nothing more to come; then the end of the stream is taken for its end. Default: never. */
  isOver?(): boolean;
  /** Default no-cache: what arrives is for `onData` alone. */
  fetchPolicy?: FetchPolicy;
}

/** A subscription that reconnects for as long as its component lives, and says in which state it is. */
export function useSubscription<TData, TVariables extends OperationVariables>(
  document: TypedDocumentNode<TData, TVariables>,
  handlers: SubscriptionHandlers<TData, TVariables>,
) {
  const state = ref<ConnectionState>('stopped');
  let subscription: { unsubscribe(): void } | undefined;
  let stopWatchingSocket: (() => void)[] = [];
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;

  function accepted() {
    if (state.value === 'live' || state.value === 'stopped') return;
    state.value = 'live';
    failures = 0;
  }

  function release() {
    subscription?.unsubscribe();
    subscription = undefined;
    for (const stop of stopWatchingSocket) stop();
    stopWatchingSocket = [];
    clearTimeout(retryTimer);
  }

  function lost(error?: unknown) {
    if (state.value === 'stopped') return;
    release();
    if (CombinedGraphQLErrors.is(error)) {
      state.value = 'stopped';
      return;
    }
    // A session that ended closes the socket too: asking over HTTP leads to the sign-in page then.
    if (state.value === 'live') void loadSession();
    failures += 1;
    state.value = navigator.onLine ? 'reconnecting' : 'offline';
    retryTimer = setTimeout(connect, reconnectDelayMs(failures));
  }

  function connect() {
    release();
    stopWatchingSocket = [socketClient.on('connected', accepted)];
    subscription = apollo
      .subscribe<TData>({
        query: document,
        variables: handlers.variables(),
        fetchPolicy: handlers.fetchPolicy ?? 'no-cache',
      })
      .subscribe({
        next: (result) => {
          if (result.error) return lost(result.error);
          accepted();
          if (result.data) handlers.onData(result.data);
        },
        error: lost,
        complete: () => (handlers.isOver?.() ? stop() : lost()),
      });
    if (isSocketAccepted()) accepted();
  }

  function start() {
    stop();
    state.value = 'connecting';
    connect();
  }

  function stop() {
    release();
    state.value = 'stopped';
    failures = 0;
  }

  const backOnline = () => {
    if (state.value === 'offline' || state.value === 'reconnecting') connect();
  };
  const wentOffline = () => {
    if (state.value === 'reconnecting') state.value = 'offline';
  };
  addEventListener('online', backOnline);
  addEventListener('offline', wentOffline);
  onScopeDispose(() => {
    stop();
    removeEventListener('online', backOnline);
    removeEventListener('offline', wentOffline);
  });

  return { state: readonly(state), start, stop };
}
