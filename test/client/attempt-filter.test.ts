import { expect } from 'chai';
import {
  filterFromQuery,
  isFiltered,
  queryFromFilter,
  toAttemptFilter,
} from '../../client/lib/attempt-filter.js';

describe('Filter of attempts', () => {
  it('comes out of the address as it was written into it', () => {
    const filter = filterFromQuery({ webhook: ['whk_1', 'whk_2'], type: 'NEW_SCRIPT', outcome: 'RETRYABLE' });
    expect(filter).to.deep.equal({
      webhookIds: ['whk_1', 'whk_2'],
      eventTypes: ['NEW_SCRIPT'],
      outcomes: ['RETRYABLE'],
    });
    expect(filterFromQuery(queryFromFilter(filter))).to.deep.equal(filter);
  });

  it('leaves out of an address what it does not know', () => {
    const filter = filterFromQuery({ webhook: [null, ''], type: ['OLD', 'NEW_SCRIPT'], outcome: 'LOST' }, [
      'NEW_SCRIPT',
    ]);
    expect(filter).to.deep.equal({ webhookIds: [], eventTypes: ['NEW_SCRIPT'], outcomes: [] });
  });

  it('asks the API for the account alone when nothing is chosen', () => {
    const all = filterFromQuery({});
    expect(isFiltered(all)).to.equal(false);
    expect(queryFromFilter(all)).to.deep.equal({});
    expect(toAttemptFilter('acc_1', all)).to.deep.equal({ accountId: 'acc_1' });
  });

  it('asks the API for each part that is chosen', () => {
    const some = filterFromQuery({ webhook: 'whk_1', outcome: 'PERMANENT' });
    expect(isFiltered(some)).to.equal(true);
    expect(toAttemptFilter('acc_1', some)).to.deep.equal({
      ...{ accountId: 'acc_1', webhookIds: ['whk_1'], outcomes: ['PERMANENT'] },
    });
  });
});
