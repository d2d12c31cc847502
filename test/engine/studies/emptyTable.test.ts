import assert from 'node:assert/strict';
import { formatTable } from '../../../engine/studies/formats';
import { formatOfFile, writeStudyReport } from '../../../engine/studies/outputs';
import { tablesOf, type MeasuredRun } from '../../../engine/studies/table';
import { tableLines } from '../../../engine/terminal/formatStudy';
import { temporaryFolder } from '../../fixtures';

const measured = { accuracy: 85.25, loss: 1 };
const sparsity = { prunable: 0, all: 0 };
const dense: MeasuredRun = {
  run: { node: 'dense', kind: 'training', axes: { seed: 1 } },
  status: 'done',
  overview: { rounds: [], result: { kind: 'train', sparsity, test: measured, train: measured, checkpoint: 'final' } },
};
const spec = { of: ['ticket', 'control_2'], measure: 'accuracy', rows: ['round'], baseline: 'dense' } as const;
const [table] = tablesOf(
  {
    file: 'a.study.json',
    study: { axes: { seed: [1] }, results: { gap: { ...spec, of: [...spec.of], rows: [...spec.rows] } } },
  },
  [dense],
);

describe('a table without rows', () => {
  it('says of which nodes there is no result, and has the baseline', () => {
    assert.deepEqual(tableLines(table!), [
      'gap.',
      'No run of “ticket” or “control_2” has a result yet.',
      'dense: 85.25',
    ]);
  });

  it('is valid in each format', () => {
    assert.equal(
      formatTable(table!, 'markdown'),
      'gap: No run of “ticket” or “control\\_2” has a result yet.\n\ndense: 85.25\n',
    );
    assert.equal(
      formatTable(table!, 'latex'),
      '% gap\n\\begin{tabular}{l}\n  \\toprule\n' +
        '  No run of “ticket” or “control\\_2” has a result yet. \\\\\n  dense: $85.25$ \\\\\n' +
        '  \\bottomrule\n\\end{tabular}\n',
    );
    const [about, head, base] = formatTable(table!, 'csv').split('\n');
    assert.equal(about, '# gap: No run of “ticket” or “control_2” has a result yet.');
    assert.match(head!, /^table,measure,column,mean,/);
    assert.match(base!, /^gap,accuracy,dense,85\.25,/);
  });
});

describe('the file of a table', () => {
  const temporary = temporaryFolder();

  it('has the format of its ending', () => {
    const formats = ['k.csv', 'k.TEX', 'k.md', 'k.json', 'k.txt', 'k'].map((out) => formatOfFile(out));
    assert.deepEqual(formats, ['csv', 'latex', 'markdown', 'json', undefined, undefined]);
    assert.deepEqual(formatOfFile('k.dat', 'csv'), 'csv');
  });

  it('is refused if its ending is that of another format, or of none', () => {
    assert.throws(
      () => formatOfFile('k.tex', 'csv'),
      /written as CSV, but the name is that of LaTeX\. Name a file that ends with \.csv, or leave out --format\./,
    );
    assert.throws(
      () => formatOfFile('k.svg'),
      /no format of tables has the ending \.svg\. .*\.csv, \.md, \.tex, \.json/,
    );
  });

  it('is a page for a report', async () => {
    const study = { file: '', name: '', study: {} } as never;
    const out = temporary('report.svg');
    await assert.rejects(writeStudyReport({ study, states: [] }, { out, force: false }), /is an HTML page.*\.html\./);
  });
});
