import { expect } from 'chai';
import { duplicateRows, moveRow, parseHeaderLines } from '../../client/lib/header-lines.js';

describe('Pasted headers', () => {
  const read: { title: string; text: string; headers: [string, string][] }[] = [
    { title: 'one line', text: 'Authorization: Bearer a:b', headers: [['Authorization', 'Bearer a:b']] },
    { title: 'no value', text: 'X-Empty:', headers: [['X-Empty', '']] },
    {
      title: 'lines of any ending, with blank ones between',
      text: 'X-A: 1\r\n\r\nX-B:2\n  \nX-C:  3  \r',
      headers: [
        ['X-A', '1'],
        ['X-B', '2'],
        ['X-C', '3'],
      ],
    },
    {
      title: 'options of curl',
      text: `  -H 'X-A: 1' \\\n  -H "X-B: it's 2" \\`,
      headers: [
        ['X-A', '1'],
        ['X-B', "it's 2"],
      ],
    },
  ];
  for (const { title, text, headers } of read)
    it(`are read from ${title}`, () => {
      expect(parseHeaderLines(text)).to.deep.equal(headers.map(([name, value]) => ({ name, value })));
    });

  for (const text of ['', ' \n ', 'Bearer abc', 'X-A: 1\nno header', 'Two Words: 1'])
    it(`are not seen in ${JSON.stringify(text)}`, () => {
      expect(parseHeaderLines(text)).to.equal(null);
    });
});

describe('Rows of headers', () => {
  it('repeat a name in any case, but not by being blank', () => {
    const rows = ['X-A', '', 'x-a ', ' ', 'X-B', 'X-A'].map((name) => ({ name }));
    expect([...duplicateRows(rows)]).to.deep.equal([2, 5]);
  });

  it('move by one and stop at either end', () => {
    const rows = ['a', 'b', 'c'];
    expect(moveRow(rows, 1, -1)).to.deep.equal(['b', 'a', 'c']);
    expect(moveRow(rows, 1, 1)).to.deep.equal(['a', 'c', 'b']);
    expect(moveRow(rows, 0, -1)).to.deep.equal(rows);
    expect(moveRow(rows, 2, 1)).to.deep.equal(rows);
    expect(rows).to.deep.equal(['a', 'b', 'c']);
  });
});
