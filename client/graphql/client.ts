import {
  ApolloClient,
  ApolloLink,
  CombinedGraphQLErrors,
  HttpLink,
  InMemoryCache,
} from '@apollo/client/core';
import { ErrorLink } from '@apollo/client/link/error';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';

const pingEveryMs = 10_000;
const pongWithinMs = 5_000;

const socketUrl = () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`;

/** A socket that never retries by itself: a subscription resumes from its own cursor (useSubscription). */
function createSocketClient() {
  let pongTimer: ReturnType<typeof setTimeout> | undefined;
  let socket: WebSocket | undefined;
  return createClient({
    url: socketUrl,
    lazy: true,
    lazyCloseTimeout: 2_000,
    retryAttempts: 0,
    keepAlive: pingEveryMs,
    on: {
      opened: (opened) => {
        socket = opened as WebSocket;
      },
      ping: (received) => {
        if (received) return;
        pongTimer = setTimeout(() => socket?.close(4408, 'Request timeout'), pongWithinMs);
      },
      pong: (received) => {
        if (received) clearTimeout(pongTimer);
      },
      connected: () => (socketAccepted = true),
      closed: () => {
        socketAccepted = false;
        clearTimeout(pongTimer);
      },
    },
  });
}

let socketAccepted = false;

/** True while the server has an accepted socket of ours. */
export const isSocketAccepted = (): boolean => socketAccepted;

const signedOutListeners = new Set<() => void>();

/** Calls back whenever the server answers that nobody is signed in. */
export function onSignedOut(listener: () => void): void {
  signedOutListeners.add(listener);
}

const errorLink = new ErrorLink(({ error }) => {
  const signedOut =
    CombinedGraphQLErrors.is(error) &&
    error.errors.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED');
  if (signedOut) for (const listener of signedOutListeners) listener();
});

export const socketClient = createSocketClient();

export const apollo = new ApolloClient({
  link: errorLink.concat(
    ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socketClient),
      new HttpLink({ uri: '/graphql', credentials: 'same-origin' }),
    ),
  ),
  cache: new InMemoryCache({
    typePolicies: {
      // Parts of a webhook or an attempt: they have no id and are merged into their owner.
      WebhookHealth: { merge: true },
      AttemptTimings: { merge: true },
      SplunkSettings: { merge: true },
      DeliveryStats: { merge: true },
    },
  }),
  devtools: { enabled: false },
});
