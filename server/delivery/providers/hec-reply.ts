import { hecCodes } from './hec-codes.js';
import { judgeStatus } from './http-status.js';
import type { Judgement, Reply } from './provider.js';

/** What the collector answers in JSON: `{"text", "code"[, "ackId"][, "invalid-event-number"]}`. */
interface HecAnswer {
  code: number;
  ackId?: number;
  invalidEventNumber?: number;
}

const TOO_LARGE = 413;
/** Splunk's own have two digits; what is far from them is not Splunk's, and would fit into no column. */
const LARGEST_CODE = 65_535;
const RETRYABLE_4XX = new Set([408, 425, 429]);

/** Judges a reply of Splunk's HTTP Event Collector by status and code: a 200 alone acknowledges nothing. */
export function judgeHec(reply: Reply): Judgement {
  const answer = parseAnswer(reply.body);
  const hecCode = answer?.code ?? null;
  if (reply.status === TOO_LARGE) return tooLarge(hecCode);
  if (!answer) return isSuccess(reply) ? notSplunk : judgeByStatus(reply, null);
  const known = hecCodes[answer.code];
  if (!known) return isSuccess(reply) ? unknownCode(answer.code) : judgeByStatus(reply, hecCode);
  const { outcome, hint, slowDown } = known;
  if (outcome === 'PERMANENT') {
    const { invalidEventNumber } = answer;
    return { outcome, errorClass: 'HEC_REJECTED', hint, hecCode, invalidEventNumber };
  }
  if (outcome !== 'SUCCEEDED') return { outcome, errorClass: 'HEC_REJECTED', hint, hecCode };
  if (!isSuccess(reply)) return judgeByStatus(reply, hecCode);
  return { outcome, errorClass: null, hint, hecCode, slowDown, ackId: answer.ackId };
}

const isSuccess = ({ status }: Reply): boolean => status >= 200 && status < 300;

/** Retried, because a proxy may answer for a while in Splunk's place. */
const notSplunk: Judgement = {
  outcome: 'RETRYABLE',
  errorClass: 'HEC_REJECTED',
  hint: 'The answer is not Splunk’s: check that host and port of the target URL are an HTTP Event Collector, not Splunk’s web page or a proxy.',
  hecCode: null,
};

const unknownCode = (hecCode: number): Judgement => ({
  outcome: 'RETRYABLE',
  errorClass: 'HEC_REJECTED',
  hint: `Splunk answered with code ${hecCode}, which is no success: its text is in the response.`,
  hecCode,
});

const tooLarge = (hecCode: number | null): Judgement => ({
  outcome: 'PERMANENT',
  errorClass: 'HTTP_4XX',
  hint: 'Splunk takes no request of this size (413): raise max_content_length for the collector, in limits.conf.',
  hecCode,
  splitBatch: true,
});

/** No code that decides: what a proxy says, or the web server before the collector. */
function judgeByStatus(reply: Reply, hecCode: number | null): Judgement {
  const { status } = reply;
  const judgement = { ...judgeStatus(reply), hecCode };
  if (status < 400 || status >= 500 || RETRYABLE_4XX.has(status)) return judgement;
  return { ...judgement, outcome: 'MISCONFIGURED', hint: hints[status] ?? judgement.hint };
}

const hints: Record<number, string> = {
  400: 'The request was refused without a code of Splunk’s (400): check port and scheme, https or http, of the target URL.',
  401: 'The request was refused without a code of Splunk’s (401): check the token, and any proxy before Splunk.',
  403: 'The request was refused without a code of Splunk’s (403): check the token, and any proxy before Splunk.',
  404: 'There is no HTTP Event Collector at this address (404): check the target URL, and that the collector is enabled.',
};

function parseAnswer(body: string): HecAnswer | null {
  try {
    const answer = JSON.parse(body) as Record<string, unknown>;
    const { code, text } = answer;
    if (!Number.isInteger(code) || Math.abs(code as number) > LARGEST_CODE || typeof text !== 'string')
      return null;
    return {
      code: code as number,
      ackId: count(answer.ackId),
      invalidEventNumber: count(answer['invalid-event-number']),
    };
  } catch {
    return null;
  }
}

const count = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;

/** The numbers that `{"acks":{"0":true,"1":false}}` confirms; null for any other answer. */
export function readConfirmed({ status, body }: Reply): number[] | null {
  if (status !== 200) return null;
  try {
    const { acks } = JSON.parse(body) as { acks?: Record<string, unknown> };
    if (typeof acks !== 'object' || acks === null) return null;
    return Object.entries(acks).flatMap(([id, isIndexed]) => (isIndexed === true ? [Number(id)] : []));
  } catch {
    return null;
  }
}
