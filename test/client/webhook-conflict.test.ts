import { expect } from 'chai';
import { findConflicts, isSameDraft, mergeDrafts } from '../../client/lib/webhook-conflict.js';
import { copyDraft, draftOf, toSaveInput } from '../../client/lib/webhook-draft.js';
import { addHeaders, draftWith, fieldOf, providers, webhookOf } from './forms.js';

const words = {
  ...{ yes: 'Yes', no: 'No', none: 'None', newSecret: 'new value', savedSecret: 'saved value' },
  eventType: (type: string) => type.toLowerCase(),
};

/** The draft that was opened, and a change of it by me and by another person. */
function edits() {
  const base = draftOf(webhookOf(), providers);
  return { base, mine: copyDraft(base), theirs: copyDraft(base) };
}

describe('Conflict of two edits', () => {
  it('shows a field that both changed, in both versions', () => {
    const { base, mine, theirs } = edits();
    mine.name = 'Mine';
    theirs.name = 'Theirs';
    expect(findConflicts(base, mine, theirs, words)).to.deep.equal([
      { path: 'name', mine: 'Mine', theirs: 'Theirs', changedByMe: true },
    ]);
  });

  it('tells a field that only the other person touched', () => {
    const { base, mine, theirs } = edits();
    theirs.active = false;
    theirs.eventTypes = [];
    expect(findConflicts(base, mine, theirs, words)).to.deep.equal([
      { path: 'active', mine: 'Yes', theirs: 'No', changedByMe: false },
      { path: 'eventTypes', mine: 'new_script', theirs: 'None', changedByMe: false },
    ]);
  });

  it('does not show what both changed alike', () => {
    const { base, mine, theirs } = edits();
    for (const draft of [mine, theirs]) draft.requestsPerSecond = 5;
    expect(findConflicts(base, mine, theirs, words)).to.deep.equal([]);
  });

  it('never shows a secret’s text', () => {
    const { base, mine, theirs } = edits();
    Object.assign(fieldOf(mine, 'secretKey'), { replacing: true, text: 'typed-secret' });
    expect(findConflicts(base, mine, theirs, words)).to.deep.equal([
      { path: 'secretKey', mine: 'new value', theirs: 'saved value', changedByMe: true },
    ]);
    const custom = draftWith('CUSTOM');
    const typed = copyDraft(custom);
    addHeaders(typed, ['Authorization', 'typed-secret']);
    expect(findConflicts(custom, typed, custom, words)).to.deep.equal([
      { path: 'headers', mine: 'Authorization: new value', theirs: 'None', changedByMe: true },
    ]);
  });
});

describe('Merge of two edits', () => {
  it('takes the chosen fields of mine and everything else of theirs', () => {
    const { mine, theirs } = edits();
    mine.name = 'Mine';
    mine.active = false;
    Object.assign(fieldOf(mine, 'splunk.index'), { text: 'mine' });
    theirs.name = 'Theirs';
    theirs.requestsPerSecond = 5;
    expect(toSaveInput(mergeDrafts(mine, theirs, ['name', 'splunk.index']))).to.deep.include({
      name: 'Mine',
      active: true,
      requestsPerSecond: 5,
      splunk: { index: 'mine', batch: true },
    });
  });

  it('leaves both drafts alone', () => {
    const { base, mine, theirs } = edits();
    mine.eventTypes = ['NEW_BEHAVIOR'];
    const merged = mergeDrafts(mine, theirs, ['eventTypes']);
    merged.eventTypes.push('DATA_MISSING');
    expect(mine.eventTypes).to.deep.equal(['NEW_BEHAVIOR']);
    expect(isSameDraft(theirs, base)).to.equal(true);
  });

  it('is theirs if nothing of mine is kept', () => {
    const { mine, theirs } = edits();
    mine.name = 'Mine';
    expect(isSameDraft(mergeDrafts(mine, theirs, []), theirs)).to.equal(true);
    expect(isSameDraft(mergeDrafts(mine, theirs, ['name']), theirs)).to.equal(false);
  });
});
