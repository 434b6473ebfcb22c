import { headerOf, type Judgement, type Reply } from './provider.js';

/** Judges a reply by its HTTP status alone: 2xx acknowledges, and all else but 410 is worth another try. */
export function judgeStatus(reply: Reply): Judgement {
  const { status } = reply;
  if (status >= 200 && status < 300)
    return { outcome: 'SUCCEEDED', errorClass: null, hint: null, hecCode: null };
  if (status === 410) return { ...retryable('GONE', gone), outcome: 'MISCONFIGURED', gone: true };
  if (status >= 300 && status < 400) return retryable('REDIRECT', redirectHint(reply));
  if (status >= 400 && status < 500) return retryable('HTTP_4XX', hints[status] ?? refused(status));
  if (status >= 500) return retryable('HTTP_5XX', hints[status] ?? failed(status));
  return retryable('RESPONSE_MALFORMED', `The receiver answered with ${status}, which ends no request.`);
}

const retryable = (errorClass: Judgement['errorClass'], hint: string): Judgement => ({
  outcome: 'RETRYABLE',
  errorClass,
  hint,
  hecCode: null,
});

const gone =
  'The receiver says that this address is gone for good (410): enter a new target URL, then switch the webhook on again.';

const hints: Record<number, string> = {
  400: 'The receiver could not read the request (400): check that it expects JSON by POST.',
  401: 'The receiver wants credentials (401): check the headers that carry them.',
  403: 'The receiver does not admit these credentials (403): check the headers and its access rules.',
  404: 'There is nothing at this path (404): check the target URL.',
  405: 'The receiver takes no POST at this path (405): check the target URL.',
  408: 'The receiver waited too long for the request (408): check the network between, and any proxy.',
  413: 'The receiver takes no body of this size (413): raise its limit.',
  415: 'The receiver does not take application/json (415): check the target URL.',
  429: 'The receiver asks for fewer requests (429): set a limit of requests per second.',
  500: 'The receiver had an internal error (500): look into its logs.',
  502: 'A proxy before the receiver got no proper answer from it (502): check that the receiver runs.',
  503: 'The receiver is not available at the moment (503): if it persists, check that it runs and copes.',
  504: 'A proxy before the receiver waited too long for it (504): check that the receiver runs and is quick.',
};

const refused = (status: number): string =>
  `The receiver refused the request (${status}): its response may say why.`;

const failed = (status: number): string => `The receiver failed (${status}): look into its logs.`;

function redirectHint(reply: Reply): string {
  const location = headerOf(reply, 'location');
  return location === undefined
    ? `The receiver answered with ${reply.status} and no Location: check the target URL.`
    : `The receiver redirects to ${location.slice(0, 200)}: if that is right, enter it as the target URL.`;
}
