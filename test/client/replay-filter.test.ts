import { expect } from 'chai';
import { progressOf, toDeliveryFilter } from '../../client/lib/replay-filter.js';

const choice = {
  ...{ webhookIds: ['whk_1'], eventTypes: [], statuses: ['FAILED' as const], hours: 24 },
  ...{ siteId: '', bodyContains: '' },
};
const now = Date.parse('2025-01-29T13:00:00.000Z');

describe('What is sent again', () => {
  it('is asked of the API without what was left open', () => {
    expect(toDeliveryFilter({ ...choice, hours: 0, siteId: '  ' }, now)).to.deep.equal({
      ...{ webhookIds: ['whk_1'], statuses: ['FAILED'] },
    });
  });

  it('is narrowed by type, time, site and text, the text just as it was typed', () => {
    const narrowed = { ...choice, eventTypes: ['NEW_SCRIPT' as const], siteId: ' 7 ', bodyContains: ' "a" ' };
    expect(toDeliveryFilter(narrowed, now)).to.deep.equal({
      ...{ webhookIds: ['whk_1'], statuses: ['FAILED'], eventTypes: ['NEW_SCRIPT'] },
      ...{ createdAfter: '2025-01-28T13:00:00.000Z', siteId: '7', bodyContains: ' "a" ' },
    });
  });
});

describe('Progress of a replay', () => {
  const replay = { matchedCount: 10, createdCount: 5, succeededCount: 4, failedCount: 1 };

  it('is measured by what matched while it goes on, and by what was made in the end', () => {
    expect(progressOf({ ...replay, status: 'RUNNING' })).to.deep.equal({ succeeded: 40, failed: 10 });
    expect(progressOf({ ...replay, status: 'DONE' })).to.deep.equal({ succeeded: 80, failed: 20 });
  });

  it('is nothing of nothing', () => {
    const empty = { matchedCount: 0, createdCount: 0, succeededCount: 0, failedCount: 0 };
    expect(progressOf({ ...empty, status: 'DONE' })).to.deep.equal({ succeeded: 0, failed: 0 });
  });
});
