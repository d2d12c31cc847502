import assert from 'node:assert/strict';
import { problemSentence } from '../../extension/problemWords';

describe('A problem in a run file', () => {
  const problem = { message: '"rounds" must be a number.', range: { line: 7, column: 3, endLine: 7, endColumn: 5 } };

  it('comes before its position in a notification', () => {
    const file = '/study/runs/aws.sign.json';
    assert.equal(problemSentence({ file, problems: [problem] }), '"rounds" must be a number. (aws.sign.json, line 7)');
    const { message } = problem;
    assert.equal(problemSentence({ file, problems: [{ message }] }), '"rounds" must be a number. (aws.sign.json)');
  });

  it('is followed by the number of other problems', () => {
    const several = (count: number) =>
      problemSentence({ file: 'a.sign.json', problems: Array.from({ length: count }, () => problem) });
    assert.match(several(2), /\(a\.sign\.json, line 7; 1 more error\)$/);
    assert.match(several(4), /\(a\.sign\.json, line 7; 3 more errors\)$/);
  });
});
