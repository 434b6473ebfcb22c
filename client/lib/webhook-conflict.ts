import { copyDraft, fingerprint } from './webhook-draft.js';
import type { FieldDraft, WebhookDraft } from './webhook-draft.js';

/** A field that two people changed differently. */
export interface ConflictField {
  /** The path in the input: "name", "eventTypes", "targetUrl", "splunk.index". */
  path: string;
  mine: string;
  theirs: string;
  /** False: only the other person touched it. */
  changedByMe: boolean;
}

const plainFields = ['name', 'active', 'includeChildAccounts', 'eventTypes', 'requestsPerSecond'] as const;

/** The texts by which two states of a field are compared and shown, in the form's own words. */
export interface ConflictWords {
  yes: string;
  no: string;
  none: string;
  newSecret: string;
  savedSecret: string;
  eventType(type: string): string;
}

function describeField(field: FieldDraft | undefined, words: ConflictWords): string {
  if (!field) return words.none;
  switch (field.kind) {
    case 'BOOLEAN':
      return field.checked ? words.yes : words.no;
    case 'SECRET':
      return field.stored && !field.replacing ? words.savedSecret : words.newSecret;
    case 'HEADERS':
      return (
        field.rows
          .map((row) => `${row.name}: ${row.stored && !row.replacing ? words.savedSecret : words.newSecret}`)
          .join('\n') || words.none
      );
    case 'URL':
    case 'TEXT':
      return field.text.trim() || words.none;
  }
}

function describe(draft: WebhookDraft, path: string, words: ConflictWords): string {
  switch (path) {
    case 'active':
    case 'includeChildAccounts':
      return draft[path] ? words.yes : words.no;
    case 'eventTypes':
      return [...draft.eventTypes].sort().map(words.eventType).join('\n') || words.none;
    case 'name':
      return draft.name;
    case 'requestsPerSecond':
      return draft.requestsPerSecond === null ? words.none : String(draft.requestsPerSecond);
    default:
      return describeField(draft.fields[draft.provider]?.[path], words);
  }
}

/** The fields in which my draft and the saved state differ; `base` is what I began with. */
export function findConflicts(
  base: WebhookDraft,
  mine: WebhookDraft,
  theirs: WebhookDraft,
  words: ConflictWords,
): ConflictField[] {
  const paths = [...plainFields, ...Object.keys(mine.fields[mine.provider] ?? {})];
  return paths
    .map((path) => ({
      path,
      mine: describe(mine, path, words),
      theirs: describe(theirs, path, words),
      changedByMe: describe(mine, path, words) !== describe(base, path, words),
    }))
    .filter((field) => field.mine !== field.theirs);
}

/** The saved state with the chosen fields of mine put over it. */
export function mergeDrafts(
  mine: WebhookDraft,
  theirs: WebhookDraft,
  keepMine: readonly string[],
): WebhookDraft {
  const merged = copyDraft(theirs);
  const source = copyDraft(mine);
  const keep = new Set(keepMine);
  for (const path of plainFields) {
    if (keep.has(path)) Object.assign(merged, { [path]: source[path] });
  }
  const own = source.fields[source.provider] ?? {};
  const target = merged.fields[merged.provider] ?? {};
  for (const [path, field] of Object.entries(own)) {
    if (keep.has(path)) target[path] = field;
  }
  return merged;
}

/** True if nothing of mine is left to save over theirs. */
export const isSameDraft = (a: WebhookDraft, b: WebhookDraft): boolean => fingerprint(a) === fingerprint(b);
