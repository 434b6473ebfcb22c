import { expect } from 'chai';
import { indentJson } from '../../client/lib/json-view.js';

const textOf = (text: string) =>
  indentJson(text)
    ?.map((token) => token.text)
    .join('') ?? null;

describe('Indented JSON', () => {
  it('looks as JSON.stringify would indent it', () => {
    const value = { a: [1, { b: null }], 'c "d"': 'e:f,{}', empty: {}, none: [], ok: true };
    expect(textOf(JSON.stringify(value))).to.equal(JSON.stringify(value, null, 2));
    expect(textOf(JSON.stringify(value, null, 7))).to.equal(JSON.stringify(value, null, 2));
  });

  it('leaves numbers and escapes as they were sent', () => {
    expect(textOf('{"n":12345678901234567890.10,"s":"\\u00e9\\/"}')).to.equal(
      '{\n  "n": 12345678901234567890.10,\n  "s": "\\u00e9\\/"\n}',
    );
  });

  it('puts the values of a batch below each other', () => {
    expect(textOf('{"a":1}{"b":2} 3')).to.equal('{\n  "a": 1\n}\n{\n  "b": 2\n}\n3');
  });

  it('tells keys from texts', () => {
    const kinds = indentJson('{"a":"a"}')?.filter((token) => token.text === '"a"');
    expect(kinds?.map((token) => token.kind)).to.deep.equal(['key', 'string']);
  });

  it('is refused for what is nested deeper than 100, or has more than 20,000 parts', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(textOf(nested(100))).to.be.a('string');
    expect(textOf(nested(101))).to.equal(null);
    expect(textOf(nested(8_000))).to.equal(null);
    expect(textOf(`[${'1,'.repeat(9_990)}1]`)).to.be.a('string');
    expect(textOf(`[${'1,'.repeat(10_000)}1]`)).to.equal(null);
  });

  for (const text of ['', 'plain text', '<html>', '{"a":1', '{"cut":"he', '[1}', "{'a':1}"])
    it(`is refused for ${JSON.stringify(text)}`, () => {
      expect(indentJson(text)).to.equal(null);
    });
});
