import { expect } from 'chai';
import { toCsv, toJson } from '../../client/lib/attempt-export.js';
import type { AttemptRowFragment } from '../../client/graphql/generated.js';

const attemptOf = (webhookName: string): AttemptRowFragment => ({
  ...{ id: 'att_1', number: 2, trigger: 'RETRY', outcome: 'RETRYABLE', eventType: 'NEW_SCRIPT' },
  ...{ startedAt: '2025-01-29T13:28:36.042Z', httpStatus: 503, hecCode: null, errorClass: 'HTTP_5XX' },
  ...{ nextAttemptAt: null, timings: { totalMs: 12.5 }, webhook: { id: 'whk_1', name: webhookName } },
  account: { id: 'acc_1', name: 'Acme' },
});
const row = (webhook: string) =>
  `att_1,2025-01-29T13:28:36.042Z,12.5,RETRYABLE,503,,HTTP_5XX,NEW_SCRIPT,${webhook},Acme,RETRY,2`;

describe('Exported attempts', () => {
  it('are one row each below a heading, ended as RFC 4180 has it', () => {
    const [heading, ...rows] = toCsv([attemptOf('Main'), attemptOf('Main')]).split('\r\n');
    expect(heading).to.match(/^id,startedAt,durationMs,outcome,/);
    expect(rows).to.deep.equal([row('Main'), row('Main'), '']);
    expect(toCsv([])).to.equal(`${heading}\r\n`);
  });

  const names: [name: string, cell: string][] = [
    ['a, b', '"a, b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['=1+1', "'=1+1"],
    ['@SUM(A1,B1)', '"\'@SUM(A1,B1)"'],
  ];
  for (const [name, cell] of names)
    it(`keep the name ${JSON.stringify(name)} one cell that is no formula`, () => {
      expect(toCsv([attemptOf(name)])).to.include(row(cell));
    });

  it('are the same as JSON', () => {
    expect(JSON.parse(toJson([attemptOf('=1')]))).to.deep.equal([
      {
        ...{ id: 'att_1', startedAt: '2025-01-29T13:28:36.042Z', durationMs: 12.5, outcome: 'RETRYABLE' },
        ...{ httpStatus: 503, hecCode: null, errorClass: 'HTTP_5XX', eventType: 'NEW_SCRIPT' },
        ...{ webhook: '=1', account: 'Acme', trigger: 'RETRY', number: 2 },
      },
    ]);
  });
});
