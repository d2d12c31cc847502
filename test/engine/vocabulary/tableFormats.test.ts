import assert from 'node:assert/strict';
import { csvText } from '../../../engine/vocabulary/csv';
import { exportTable } from '../../../engine/vocabulary/dataTable';
import { buttonOf, tableFormatNamed } from '../../../engine/vocabulary/tableFormats';

describe('csvText', () => {
  it('makes no formulas of texts, and leaves numbers as they are', () => {
    const texts = ['=1+1', '+cmd', '-x', '@a', '\tb', '-0.5', '+3', 'a=b', '−1'];
    assert.equal(csvText([texts]), "'=1+1,'+cmd,'-x,'@a,'\tb,-0.5,+3,a=b,−1\n");
    assert.equal(csvText([[-1.5, 1 / 3, NaN, true, undefined]]), `-1.5,${1 / 3},NaN,true,\n`);
  });

  it('quotes separators, quotes, line ends and comments', () => {
    assert.equal(csvText([['a,b', 'c"d', 'e\nf', '#g']], '\r\n'), '"a,b","c""d","e\nf","#g"\r\n');
    assert.equal(csvText([['=a,b']]), `"'=a,b"\n`);
  });

  it('writes the tables of charts and runs, too', () => {
    const table = { columns: ['name', 'value'], rows: [['=HYPERLINK("x")', -1] as const].map((row) => [...row]) };
    const text = exportTable('csv', table, { title: 'T\nx', files: ['a.json'] });
    assert.equal(text, `# T x\r\n# a.json\r\nname,value\r\n"'=HYPERLINK(""x"")",-1\r\n`);
  });
});

describe('names of table formats', () => {
  it('are those of the format and of its file', () => {
    assert.deepEqual(['md', 'markdown', 'tex', 'csv', 'txt'].map(tableFormatNamed), [
      ...['markdown', 'markdown', 'latex', 'csv', 'txt'],
    ]);
  });

  it('begin with what a small button shows', () => {
    assert.deepEqual(buttonOf('markdown'), { label: 'MD', name: 'MD (Markdown)' });
    assert.deepEqual(buttonOf('csv'), { label: 'CSV', name: 'CSV' });
  });
});
