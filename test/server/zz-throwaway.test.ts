import { expect } from 'chai';
describe('throwaway', () => {
  it('passes', () => {
    expect(1).to.equal(1);
  });
  it('fails', () => {
    expect(1).to.equal(2);
  });
  it.skip('skips', () => undefined);
});
