import type { Judgement } from './provider.js';

/** What a reply code of Splunk's HTTP Event Collector means (shared/design/splunk-hec.md has the sources). */
export interface HecCode {
  outcome: Judgement['outcome'];
  hint: string | null;
  slowDown?: true;
}

const delivered: HecCode = { outcome: 'SUCCEEDED', hint: null };
const busy = (what: string): HecCode => ({ outcome: 'RETRYABLE', hint: `${what}; it is tried again.` });
const fix = (what: string): HecCode => ({ outcome: 'MISCONFIGURED', hint: what });
const bad = (what: string): HecCode => ({ outcome: 'PERMANENT', hint: what });

const enabledInput = 'Paste the token of an enabled HTTP Event Collector input.';
const channel = 'Switch indexer acknowledgment on here, or off for the token in Splunk.';

/** The table of reply codes. */
export const hecCodes: Readonly<Record<number, HecCode>> = {
  0: delivered,
  1: fix(`Splunk has disabled this token (code 1). ${enabledInput}`),
  2: fix(`Splunk got no token (code 2). ${enabledInput}`),
  3: fix(`Splunk could not read the authorization (code 3). ${enabledInput}`),
  4: fix(`Splunk does not know this token (code 4). ${enabledInput}`),
  5: bad('Splunk found no data in the request (code 5).'),
  6: bad('Splunk could not read this event (code 6).'),
  7: fix(
    'Splunk has no such index for this token (code 7). Enter an index that the token may write to, or leave it empty.',
  ),
  8: busy('Splunk had an internal error (code 8)'),
  9: busy('Splunk is busy (code 9)'),
  10: fix(`Splunk misses a data channel, as the token demands acknowledgment (code 10). ${channel}`),
  11: fix(`Splunk refuses the data channel (code 11). ${channel}`),
  12: bad('Splunk misses the event field (code 12).'),
  13: bad('Splunk takes no blank event (code 13).'),
  14: fix(
    'Acknowledgment is off for this token in Splunk (code 14). Switch indexer acknowledgment off here.',
  ),
  15: bad('Splunk could not read the indexed fields (code 15).'),
  16: fix('Splunk takes no token from the query string (code 16). Remove it from the target URL.'),
  18: busy('Splunk’s queues are full (code 18)'),
  19: busy('Splunk’s acknowledgment service is not available (code 19)'),
  20: busy('Splunk’s queues and acknowledgment service are not available (code 20)'),
  21: fix(`Splunk does not know this token (code 21). ${enabledInput}`),
  22: fix(`Splunk has disabled this token (code 22). ${enabledInput}`),
  23: busy('Splunk is shutting down (code 23)'),
  24: { ...delivered, slowDown: true },
  25: { ...delivered, slowDown: true },
  26: busy('Splunk’s queue is full (code 26)'),
  27: busy('Splunk’s acknowledgment channel is full (code 27)'),
};
