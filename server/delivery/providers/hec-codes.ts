import type { Judgement } from './provider.js';

/** What a reply code of Splunk's HTTP Event Collector means. */
export interface HecCode {
  outcome: Judgement['outcome'];
  /** Its cause and what to do about it; null when nothing is wrong. */
  hint: string | null;
  slowDown?: true;
}

const delivered: HecCode = { outcome: 'SUCCEEDED', hint: null };
const busy = (hint: string): HecCode => ({ outcome: 'RETRYABLE', hint });
const misconfigured = (hint: string): HecCode => ({ outcome: 'MISCONFIGURED', hint });
const rejected = (hint: string): HecCode => ({ outcome: 'PERMANENT', hint });

const pasteToken = 'Paste the token of an enabled HTTP Event Collector input.';
const checkBetween =
  'Look for a proxy or gateway before Splunk that changes requests, then retry the delivery.';
const matchAck = 'Switch indexer acknowledgment on here, or off for the token in Splunk.';
const waits = 'Nothing to do here: it is tried again.';
const askSplunk = 'It is tried again; if it persists, Splunk needs more indexing capacity.';

/** The replies by code, as “Troubleshoot HTTP Event Collector” in Splunk's documentation lists them. */
export const hecCodes: Readonly<Record<number, HecCode>> = {
  0: delivered,
  1: misconfigured('Splunk has disabled this token (code 1). Enable it in Splunk, or enter another one.'),
  2: misconfigured(`Splunk found no token in the request (code 2). ${pasteToken}`),
  3: misconfigured(`Splunk could not read the authorization (code 3). ${pasteToken}`),
  4: misconfigured(`Splunk does not know this token (code 4). ${pasteToken}`),
  5: rejected(`Splunk found no data in the request (code 5). ${checkBetween}`),
  6: rejected(`Splunk could not parse this event (code 6). ${checkBetween}`),
  7: misconfigured(
    'Splunk does not accept this index for the token (code 7). Enter an index the token may write to, or leave it empty.',
  ),
  8: busy('Splunk had an internal error (code 8). It is tried again; if it persists, look into splunkd.log.'),
  9: busy(`Splunk is busy (code 9). ${waits}`),
  10: misconfigured(`Splunk expects a data channel with this token (code 10). ${matchAck}`),
  11: misconfigured(`Splunk refused the data channel (code 11). ${matchAck}`),
  12: rejected(`Splunk found no event field in the request (code 12). ${checkBetween}`),
  13: rejected(`Splunk found the event field to be blank (code 13). ${checkBetween}`),
  14: misconfigured(
    'Splunk has indexer acknowledgment off for this token (code 14). Switch it off here too, or on in Splunk.',
  ),
  15: rejected(`Splunk could not read the indexed fields of this event (code 15). ${checkBetween}`),
  16: misconfigured(
    'Splunk accepts no token in the query string (code 16). Remove it from the target URL; the secret key is enough.',
  ),
  17: misconfigured(
    'Splunk’s health check answered, not its collector (code 17). Enter the target URL without a path.',
  ),
  18: busy(`Splunk’s queues are full (code 18). ${askSplunk}`),
  19: busy(`Splunk’s acknowledgment service is not available (code 19). ${waits}`),
  20: busy(`Splunk’s queues are full and it cannot acknowledge (code 20). ${askSplunk}`),
  21: misconfigured(`Splunk does not know this token (code 21). ${pasteToken}`),
  22: misconfigured('Splunk has disabled this token (code 22). Enable it in Splunk, or enter another one.'),
  23: busy(`Splunk is shutting down (code 23). ${waits}`),
  24: { ...delivered, slowDown: true },
  25: { ...delivered, slowDown: true },
  26: busy(`Splunk’s queue is full (code 26). ${askSplunk}`),
  27: busy(`Splunk’s acknowledgment channel is full (code 27). ${askSplunk}`),
};
