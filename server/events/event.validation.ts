import { createHash } from 'node:crypto';
import type { UserErrorItem } from '../errors.js';
import type { Account } from '../storage/entities/account.js';
import { Event } from '../storage/entities/event.js';
import { createId } from '../storage/ids.js';
import type { EventCatalogue } from './event-schemas.js';
import type { EventInput } from './event.input.js';

/** The largest body that is accepted, in bytes. */
const MAX_BODY_BYTES = 256 * 1024;
const MAX_TEXT = 255;

/** Either the event as it will be stored, or what its publisher has to correct. */
export type Accepted = { event: Event; account: Account } | { userErrors: UserErrorItem[] };

/** Checks one event, adds the common fields and serialises its body, once and for all. */
export function acceptEvent(
  input: EventInput,
  account: Account | null,
  receivedAt: Date,
  catalogue: EventCatalogue,
): Accepted {
  const userErrors = validate(input, account, catalogue);
  if (!account || userErrors.length > 0) return { userErrors };
  const event = toEvent(input, account, receivedAt, catalogue);
  if (Buffer.byteLength(event.body) <= MAX_BODY_BYTES) return { event, account };
  const message = `The event's body may have at most ${MAX_BODY_BYTES} bytes; send less in data.`;
  return { userErrors: [{ path: ['data'], code: 'TOO_LONG', message }] };
}

function validate(input: EventInput, account: Account | null, catalogue: EventCatalogue): UserErrorItem[] {
  const errors: UserErrorItem[] = [
    ...checkText('siteId', input.siteId),
    ...checkText('siteName', input.siteName),
  ];
  if (!account)
    errors.push({
      path: ['accountId'],
      code: 'NOT_FOUND',
      message: 'No such account, or you may not publish to it.',
    });
  if (input.idempotencyKey != null) errors.push(...checkText('idempotencyKey', input.idempotencyKey));
  for (const error of catalogue.validateData(input.type, input.data))
    errors.push({ ...error, path: ['data', ...error.path] });
  return errors;
}

function checkText(field: string, text: string): UserErrorItem[] {
  if (text.trim() === '')
    return [{ path: [field], code: 'REQUIRED', message: `${field} must not be empty.` }];
  if (text.length > MAX_TEXT)
    return [
      { path: [field], code: 'TOO_LONG', message: `${field} may have at most ${MAX_TEXT} characters.` },
    ];
  // No database can store it: what comes back would be other text.
  if (/\p{Cs}/u.test(text))
    return [{ path: [field], code: 'INVALID', message: `${field} holds half of a surrogate pair.` }];
  return [];
}

function toEvent(input: EventInput, account: Account, receivedAt: Date, catalogue: EventCatalogue): Event {
  const occurredAt = input.occurredAt ?? receivedAt;
  const body = catalogue.buildBody({
    type: input.type,
    occurredAt,
    accountName: account.name,
    accountId: account.id,
    siteName: input.siteName,
    siteId: input.siteId,
    data: input.data as Record<string, unknown>,
  });
  return Object.assign(new Event(), {
    id: createId('evt'),
    accountId: account.id,
    type: input.type,
    occurredAt,
    receivedAt,
    siteId: input.siteId,
    siteName: input.siteName,
    body,
    idempotencyKey: input.idempotencyKey ?? null,
    idempotencyHash: input.idempotencyKey == null ? null : hashOf(input),
  });
}

const hashOf = ({ type, occurredAt, siteId, siteName, data }: EventInput): string =>
  createHash('sha256')
    .update(JSON.stringify([type, occurredAt ?? null, siteId, siteName, data]))
    .digest('hex');
