import assert from 'node:assert/strict';
import { runColumns } from '../../../engine/vocabulary/runColumns';
import { parseFilter } from '../../../engine/vocabulary/runFilter';
import { denseRun, listedRun, transferRun } from './listedRuns';

const runs = [
  listedRun('aws', { accuracy: 85.25, kept: 0.064, notes: { star: true, tags: ['paper'] }, seconds: 7200 }),
  listedRun('lrr', {
    method: 'lrr',
    accuracy: 84,
    kept: 0.064,
    status: 'failed',
    started: Date.parse('2026-11-20T12:00'),
  }),
  transferRun('ticket', 'signed-mask', { accuracy: 84.9, kept: 0.4, seed: 2, notes: { text: 'too low, look again' } }),
  denseRun('dense', { accuracy: 85.8 }),
];
const columns = runColumns(runs);
const found = (filter: string) => runs.filter(parseFilter(filter, columns).accepts).map(({ name }) => name);

const CASES: [filter: string, names: string[]][] = [
  ['', ['aws', 'lrr', 'ticket', 'dense']],
  ['SIGNED', ['ticket']],
  ['"look again"', ['ticket']],
  ['method:aws', ['aws', 'ticket']],
  ['method:aws,lrr kept<10%', ['aws', 'lrr']],
  ['accuracy>84.9', ['aws', 'dense']],
  ['accuracy>=84.9', ['aws', 'ticket', 'dense']],
  ['accuracy:85.25', ['aws']],
  ['kept:6.40', ['aws', 'lrr']],
  ['tag:paper', ['aws']],
  ['tag:none', ['lrr', 'ticket', 'dense']],
  ['star:yes', ['aws']],
  ['-star:yes done:search', ['lrr']],
  ['star:no', ['lrr', 'ticket', 'dense']],
  ['status!=done', ['lrr']],
  ['-status:done', ['lrr']],
  ['is:failed', ['lrr']],
  ['note:"too low, look"', ['ticket']],
  ['seed=2', ['ticket']],
  ['duration>90min', ['aws']],
  ['started>2026-11-19', ['lrr']],
  ['started>2026-11-21', []],
  ['method:', ['aws', 'lrr', 'ticket', 'dense']], // still being typed
  ['METHOD:AWS Accuracy>85', ['aws']],
];

describe('the filter of a table of runs', () => {
  for (const [filter, names] of CASES)
    it(`“${filter}” finds ${names.join(', ') || 'nothing'}`, () => {
      assert.deepEqual(found(filter), names);
    });

  it('refuses a condition without a value once it is complete', () => {
    for (const filter of ['accuracy>', '-accuracy<', 'name:', 'accuracy>=', 'method:"" accuracy>1']) {
      assert.equal(parseFilter(filter, columns).problems.length, 0, filter);
      const [problem, ...others] = parseFilter(filter, columns, true).problems;
      assert.match(problem!.message, /^“.*” has no value\./, filter);
      assert.equal(others.length, 0);
    }
  });

  it('names what it cannot use, and ignores it', () => {
    const { problems, accepts } = parseFilter('acuracy>84 method>3 accuracy>high method:aws', columns);
    assert.deepEqual(
      problems.map(({ message }) => message),
      [
        'There is no column “acuracy”.',
        '“method” is text, so it cannot be compared with >. Use method:3.',
        '“high” is not a number.',
      ],
    );
    assert.equal(problems[0]!.column, 'acuracy');
    assert.equal(runs.filter(accepts).length, 2);
  });
});
