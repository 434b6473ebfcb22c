import type { AttemptRowFragment } from '../graphql/generated.js';

const columns: Record<string, (attempt: AttemptRowFragment) => string | number | null> = {
  id: ({ id }) => id,
  startedAt: ({ startedAt }) => startedAt,
  durationMs: ({ timings }) => timings.totalMs,
  outcome: ({ outcome }) => outcome,
  httpStatus: ({ httpStatus }) => httpStatus,
  hecCode: ({ hecCode }) => hecCode,
  errorClass: ({ errorClass }) => errorClass,
  eventType: ({ eventType }) => eventType,
  webhook: ({ webhook }) => webhook.name,
  account: ({ account }) => account.name,
  trigger: ({ trigger }) => trigger,
  number: ({ number }) => number,
};

/** Names are other people's text: what a spreadsheet would take for a formula is marked as text. */
function toCell(value: string | number | null): string {
  if (typeof value !== 'string') return String(value ?? '');
  const text = /^[=+\-@\t\r]/u.test(value) ? `'${value}` : value;
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The attempts as CSV (RFC 4180), with a heading. */
export const toCsv = (attempts: readonly AttemptRowFragment[]): string =>
  [Object.keys(columns), ...attempts.map((attempt) => Object.values(columns).map((read) => read(attempt)))]
    .map((cells) => `${cells.map(toCell).join(',')}\r\n`)
    .join('');

/** The attempts as a JSON list with the columns of the CSV. */
export const toJson = (attempts: readonly AttemptRowFragment[]): string =>
  JSON.stringify(
    attempts.map((attempt) =>
      Object.fromEntries(Object.entries(columns).map(([name, read]) => [name, read(attempt)])),
    ),
    null,
    2,
  );
