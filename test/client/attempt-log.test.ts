import { expect } from 'chai';
import { createAttemptLog } from '../../client/lib/attempt-log.js';

const rowsOf = (...ids: string[]) => ids.map((id) => ({ id }));

function logOf(capacity: number, ...ids: string[]) {
  const log = createAttemptLog<{ id: string }>({ capacity });
  log.append(rowsOf(...ids));
  return log;
}

const idsOf = ({ start, end, at }: ReturnType<typeof logOf>) =>
  Array.from({ length: end - start }, (_, index) => at(start + index)?.id);

describe('Log of attempts', () => {
  it('holds each id once, whichever way it comes', () => {
    const log = logOf(10, 'b', 'c');
    expect(log.append(rowsOf('c', 'd', 'd'))).to.deep.equal(rowsOf('d'));
    expect(log.prepend(rowsOf('b', 'a'))).to.deep.equal(rowsOf('a'));
    expect(idsOf(log)).to.deep.equal(['a', 'b', 'c', 'd']);
  });

  it('never moves a row, whatever comes before or after it', () => {
    const log = logOf(3, 'b');
    const seq = log.seqOf('b');
    log.append(rowsOf('c'));
    log.prepend(rowsOf('a'));
    expect(log.at(seq)).to.deep.equal({ id: 'b' });
    expect(log.seqOf('b')).to.equal(seq);
  });

  it('drops the oldest beyond its capacity and forgets their ids', () => {
    const log = logOf(2, 'a', 'b');
    expect(log.isFull).to.equal(true);
    log.append(rowsOf('c', 'd'));
    expect(idsOf(log)).to.deep.equal(['c', 'd']);
    expect(log.seqOf('a')).to.equal(-1);
    expect(log.at(log.start - 1)).to.equal(undefined);
    expect(log.append(rowsOf('a'))).to.deep.equal(rowsOf('a'));
  });

  it('takes only as many older rows as there is room for, the newest of them', () => {
    const log = logOf(3, 'd');
    expect(log.prepend(rowsOf('c', 'b', 'a'))).to.deep.equal(rowsOf('c', 'b'));
    expect(idsOf(log)).to.deep.equal(['b', 'c', 'd']);
    expect(log.prepend(rowsOf('a'))).to.deep.equal([]);
  });

  it('begins again when it is cleared', () => {
    const log = logOf(3, 'a', 'b');
    log.clear();
    expect([log.start, log.end]).to.deep.equal([0, 0]);
    expect(log.append(rowsOf('a'))).to.deep.equal(rowsOf('a'));
  });
});
