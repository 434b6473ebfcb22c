import { headerOf, type Judgement, type Reply } from './provider.js';

/** Judges a reply by its HTTP status alone: 2xx acknowledges. */
export function judgeStatus(reply: Reply): Judgement {
  const { status } = reply;
  if (status >= 200 && status < 300)
    return { outcome: 'SUCCEEDED', errorClass: null, hint: null, hecCode: null };
  const failed = (errorClass: Judgement['errorClass'], hint: string): Judgement => ({
    outcome: 'RETRYABLE',
    errorClass,
    hint,
    hecCode: null,
  });
  if (status === 410) return { ...failed('GONE', hints[410]!), outcome: 'MISCONFIGURED', gone: true };
  if (status >= 300 && status < 400) return failed('REDIRECT', redirectHint(headerOf(reply, 'location')));
  if (status >= 500)
    return failed(
      'HTTP_5XX',
      hints[status] ?? `The receiver failed with status ${status}: look into its logs.`,
    );
  return failed(
    'HTTP_4XX',
    hints[status] ?? `The receiver refused the request with status ${status}: its answer may say why.`,
  );
}

const hints: Record<number, string> = {
  400: 'The receiver could not read the request (400): check that it expects JSON by POST.',
  401: 'The receiver wants credentials (401): check the headers that carry them.',
  403: 'The receiver does not let these credentials in (403): check the headers and its access rules.',
  404: 'There is nothing at this path (404): check the target URL.',
  405: 'The receiver takes no POST at this path (405): check the target URL.',
  410: 'The receiver says that it is gone for good (410): enter a new target URL, then switch the webhook on again.',
  413: 'The receiver takes no body of this size (413): raise its limit.',
  415: 'The receiver does not take application/json (415): check the target URL.',
  429: 'The receiver asks for fewer requests (429): set a limit of requests per second.',
  502: 'A proxy in front of the receiver got no answer from it (502): check that it runs.',
  503: 'The receiver is not available now (503): it is tried again.',
  504: 'A proxy in front of the receiver waited too long for it (504): check that it runs.',
};

const redirectHint = (location: string | undefined): string =>
  location === undefined
    ? 'The receiver redirects without saying where: check the target URL.'
    : `The receiver redirects to ${location.slice(0, 200)}: if that is right, enter it as the target URL.`;
