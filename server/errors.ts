/** The stable codes of `userErrors`: what a person or a program can correct. */
export const UserErrorCode = {
  REQUIRED: 'REQUIRED',
  INVALID: 'INVALID',
  TOO_LONG: 'TOO_LONG',
  TOO_MANY: 'TOO_MANY',
  DUPLICATE: 'DUPLICATE',
  FORBIDDEN_HEADER: 'FORBIDDEN_HEADER',
  TARGET_NOT_ALLOWED: 'TARGET_NOT_ALLOWED',
  NOT_FOUND: 'NOT_FOUND',
  CONFLICT: 'CONFLICT',
  IDEMPOTENCY_CONFLICT: 'IDEMPOTENCY_CONFLICT',
  SECRET_REQUIRED: 'SECRET_REQUIRED',
  NO_CHILD_ACCOUNTS: 'NO_CHILD_ACCOUNTS',
  INACTIVE: 'INACTIVE',
  IN_PROGRESS: 'IN_PROGRESS',
  INVALID_CREDENTIALS: 'INVALID_CREDENTIALS',
  TOO_MANY_ATTEMPTS: 'TOO_MANY_ATTEMPTS',
} as const;
export type UserErrorCode = (typeof UserErrorCode)[keyof typeof UserErrorCode];

/** One thing the caller can correct; `path` leads into the mutation's input. */
export interface UserErrorItem {
  path: string[];
  code: UserErrorCode;
  message: string;
}

/** Thrown by services for input that its sender can correct; answered as `userErrors`. */
export class UserError extends Error {
  readonly items: UserErrorItem[];

  constructor(items: UserErrorItem | UserErrorItem[]) {
    const list = Array.isArray(items) ? items : [items];
    super(list.map((item) => item.message).join(' '));
    this.name = 'UserError';
    this.items = list;
  }
}

/** The codes of top-level GraphQL errors, in `extensions.code`. */
export type RequestErrorCode =
  'UNAUTHENTICATED' | 'FORBIDDEN' | 'NOT_FOUND' | 'RATE_LIMITED' | 'BAD_USER_INPUT' | 'INTERNAL';

/** Ends a whole GraphQL field with a stable code; its message is shown to the caller. */
export class RequestError extends Error {
  readonly code: RequestErrorCode;

  constructor(code: RequestErrorCode, message: string) {
    super(message);
    this.name = 'RequestError';
    this.code = code;
  }
}

/** The one answer to unknown and to forbidden ids, so that neither can be told from the other. */
export const notFound = (what: string): RequestError =>
  new RequestError('NOT_FOUND', `No such ${what}, or you may not see it.`);

/** A setting that stops the start; its message is one clear line for the operator. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}
