import { computed, readonly, shallowRef } from 'vue';
import { apollo } from '../graphql/client.js';
import { SessionDocument, SignOutDocument } from '../graphql/generated.js';
import type { SessionQuery } from '../graphql/generated.js';

export type Viewer = NonNullable<SessionQuery['viewer']>;

const session = shallowRef<SessionQuery>();
const viewer = computed(() => session.value?.viewer ?? null);
const serverInfo = computed(() => session.value?.serverInfo);

/** Asks who is signed in. While the server cannot be reached the last answer stays. */
export async function loadSession(): Promise<SessionQuery | undefined> {
  try {
    const { data } = await apollo.query({ query: SessionDocument, fetchPolicy: 'no-cache' });
    session.value = data;
  } catch {
    // Without an answer nothing is known to have changed.
  }
  return session.value;
}

/** Forgets who was signed in, and everything that was loaded for them. */
async function forget(): Promise<void> {
  if (session.value) session.value = { ...session.value, viewer: null };
  await apollo.clearStore();
}

async function signOut(): Promise<void> {
  await apollo.mutate({ mutation: SignOutDocument });
  await forget();
}

/** Who is signed in (null: nobody) and what the server says of itself. */
export const useSession = () => ({
  viewer,
  serverInfo: readonly(serverInfo),
  load: loadSession,
  forget,
  signOut,
});
