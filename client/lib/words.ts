const acronyms = new Set(['api', 'dns', 'tls', 'http', 'hec', 'url', 'ip']);

/** "TLS_CERTIFICATE_EXPIRED" → "TLS certificate expired"; "api_token.created" → "API token created". */
export function wordsOf(constant: string): string {
  const words = constant
    .toLowerCase()
    .split(/[._]/u)
    .map((word) => (acronyms.has(word) ? word.toUpperCase() : word));
  const [first = '', ...rest] = words;
  return [first.slice(0, 1).toUpperCase() + first.slice(1), ...rest].join(' ');
}

export interface ReplyLike {
  httpStatus: number | null;
  hecCode: number | null;
  errorClass: string | null;
}

/** What came back, in a few words: "HTTP 503, code 9", or why nothing did: "Connection refused". */
export function replyWords({ httpStatus, hecCode, errorClass }: ReplyLike): string {
  if (httpStatus === null) return errorClass ? wordsOf(errorClass) : '';
  return hecCode === null ? `HTTP ${httpStatus}` : `HTTP ${httpStatus}, code ${hecCode}`;
}
