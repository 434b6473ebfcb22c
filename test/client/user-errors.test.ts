import { expect } from 'chai';
import { indexUserErrors, noUserErrors } from '../../client/lib/user-errors.js';

const errors = indexUserErrors([
  { path: ['headers', '1', 'name'], code: 'INVALID', message: 'Not a header name.' },
  { path: ['headers', '10', 'name'], code: 'DUPLICATE', message: 'Twice.' },
  { path: ['headers', '1', 'name'], code: 'TOO_LONG', message: 'Too long.' },
  { path: ['name'], code: 'REQUIRED', message: 'A name is needed.' },
  { path: ['targetUrlBackup'], code: 'INVALID', message: 'Unheard of.' },
]);

describe('Mistakes by field', () => {
  it('stand at exactly their field, all of them', () => {
    expect(errors.at('headers.1.name')).to.equal('Not a header name. Too long.');
    expect(errors.at('headers.1')).to.equal(undefined);
    expect(errors.size).to.equal(5);
  });

  it('are found below a field, but not in one whose name only begins alike', () => {
    expect(errors.below('headers.1')).to.equal('Not a header name. Too long.');
    expect(errors.below('headers')).to.contain('Twice.');
    expect(errors.below('targetUrl')).to.equal(undefined);
  });

  it('go to the top of the form when no field shows them', () => {
    expect(errors.except(['headers', 'name', 'targetUrl'])).to.deep.equal(['Unheard of.']);
    expect(noUserErrors.except([])).to.deep.equal([]);
  });
});
