import { computed, ref, shallowRef } from 'vue';
import { apollo } from '../graphql/client.js';
import { SaveWebhookDocument, WebhookDocument } from '../graphql/generated.js';
import type { SaveWebhookInput, WebhookDetailsFragment, WebhookProvider } from '../graphql/generated.js';
import { toProblem } from '../graphql/problem.js';
import { indexUserErrors, noUserErrors } from '../lib/user-errors.js';
import type { UserErrorLike } from '../lib/user-errors.js';
import { findConflicts, mergeDrafts } from '../lib/webhook-conflict.js';
import type { ConflictField } from '../lib/webhook-conflict.js';
import {
  copyDraft,
  draftOf,
  fingerprint,
  isSameAt,
  newDraft,
  replaceSecrets,
  toSaveInput,
} from '../lib/webhook-draft.js';
import type { EventTypeInfo, ProviderInfo } from '../lib/webhook-draft.js';
import { texts } from '../texts.js';
import { useMutation } from './useMutation.js';
import { useToasts } from './useToasts.js';

export interface WebhookFormOptions {
  accountId: string;
  providers: readonly ProviderInfo[];
  eventTypes: readonly EventTypeInfo[];
  /** The saved webhook; absent for a new one. */
  webhook?: WebhookDetailsFragment;
  /** The provider a new webhook begins with. */
  provider?: WebhookProvider;
}

export interface Conflict {
  theirs: WebhookDetailsFragment;
  fields: ConflictField[];
}

export type SaveOutcome =
  | { kind: 'saved'; webhook: WebhookDetailsFragment; signingSecret: string | null }
  | { kind: 'invalid' | 'conflict' | 'failed' };

/** The state of the integration form: the draft, what is wrong with it, and how it is saved. */
export function useWebhookForm(options: WebhookFormOptions) {
  const { accountId, providers, eventTypes } = options;
  const saved = shallowRef(options.webhook);
  const start = options.webhook
    ? draftOf(options.webhook, providers)
    : newDraft(providers, options.provider ?? providers[0]?.provider ?? 'CUSTOM', eventTypes);
  const draft = ref(start);
  const base = shallowRef(copyDraft(start));
  const reported = shallowRef<{ errors: readonly UserErrorLike[]; input: SaveWebhookInput }>();
  const conflict = shallowRef<Conflict>();
  const toasts = useToasts();
  const { mutate, pending: saving } = useMutation(SaveWebhookDocument);

  /** What the API objected to, less what has been changed since. */
  const errors = computed(() => {
    if (!reported.value) return noUserErrors;
    const { errors: all, input: sent } = reported.value;
    const now = draftInput();
    return indexUserErrors(all.filter(({ path }) => isSameAt(sent, now, path)));
  });
  const isDirty = computed(() => fingerprint(draft.value) !== fingerprint(base.value));
  const provider = computed(() => providers.find((info) => info.provider === draft.value.provider));

  /** The draft as the API takes it; a new webhook without a name gets the provider's. */
  function draftInput(): SaveWebhookInput {
    const input = toSaveInput(draft.value);
    return input.name === '' && !saved.value ? { ...input, name: null } : input;
  }

  function begin(webhook: WebhookDetailsFragment) {
    saved.value = webhook;
    draft.value = draftOf(webhook, providers);
    base.value = copyDraft(draft.value);
    reported.value = undefined;
  }

  /** Shows the API's objections; a target that moved opens the secrets it asks for again. */
  function showErrors(userErrors: readonly UserErrorLike[], root?: string) {
    const relative = userErrors.map((error) =>
      error.path[0] === root ? { ...error, path: error.path.slice(1) } : error,
    );
    if (relative.some(({ code }) => code === 'SECRET_REQUIRED')) replaceSecrets(draft.value);
    reported.value = { errors: relative, input: draftInput() };
  }

  async function findTheirs(webhookId: string): Promise<void> {
    try {
      const { data } = await apollo.query({
        query: WebhookDocument,
        variables: { id: webhookId },
        fetchPolicy: 'no-cache',
      });
      const theirs = data?.webhook;
      if (!theirs) return toasts.failed(texts.problems.NOT_FOUND);
      const fields = findConflicts(
        base.value,
        draft.value,
        draftOf(theirs, providers),
        texts.conflictWords(eventTypes),
      );
      conflict.value = { theirs, fields };
    } catch (error) {
      toasts.failed(toProblem(error).message);
    }
  }

  async function save(): Promise<SaveOutcome> {
    const target = saved.value ? { id: saved.value.id, expectedVersion: saved.value.version } : { accountId };
    const answer = (await mutate({ input: { ...draftInput(), ...target } }))?.saveWebhook;
    if (!answer) return { kind: 'failed' };
    if (answer.webhook) {
      begin(answer.webhook);
      return { kind: 'saved', webhook: answer.webhook, signingSecret: answer.signingSecret };
    }
    if (saved.value && answer.userErrors.some(({ code }) => code === 'CONFLICT')) {
      await findTheirs(saved.value.id);
      return { kind: 'conflict' };
    }
    showErrors(answer.userErrors);
    return { kind: 'invalid' };
  }

  /** Goes on from what the other person saved, with the chosen fields of mine over it; saving stays a second step. */
  function resolveConflict(keepMine: readonly string[]): void {
    if (!conflict.value) return;
    const mine = copyDraft(draft.value);
    begin(conflict.value.theirs);
    draft.value = mergeDrafts(mine, draft.value, keepMine);
    conflict.value = undefined;
  }

  function refresh(webhook: WebhookDetailsFragment) {
    if (!isDirty.value) return begin(webhook);
    // If anybody else saved in between, the old version stays, so that saving here meets the conflict.
    const version = saved.value?.version ?? 0;
    saved.value = { ...webhook, version: webhook.version === version + 1 ? webhook.version : version };
  }

  return {
    draft,
    saved,
    provider,
    errors,
    conflict,
    isDirty,
    saving,
    draftInput,
    showErrors,
    save,
    resolveConflict,
    cancelConflict: () => (conflict.value = undefined),
    /** Takes over a change that was made beside the form, such as a rotated secret. */
    refresh,
    discard: () => (draft.value = copyDraft(base.value)),
  };
}

export type WebhookForm = ReturnType<typeof useWebhookForm>;
