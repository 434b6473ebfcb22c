import type { UserErrorItem } from '../errors.js';

const MAX_NAME = 100;

/** What is wrong with the name of a person or a thing; `field` is its path in the input. */
export function checkName(text: string, field: string, ifEmpty: string): UserErrorItem[] {
  const name = text.trim();
  if (name === '') return [{ path: [field], code: 'REQUIRED', message: ifEmpty }];
  if (name.length > MAX_NAME)
    return [{ path: [field], code: 'TOO_LONG', message: `A name has at most ${MAX_NAME} characters.` }];
  // Control characters and halves of surrogate pairs.
  if (/[\p{Cc}\p{Cs}]/u.test(name))
    return [{ path: [field], code: 'INVALID', message: 'A name has no control characters.' }];
  return [];
}
