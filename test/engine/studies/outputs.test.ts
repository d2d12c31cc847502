import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFigure } from '../../../engine/studies/figureFile';
import { studyStates } from '../../../engine/studies/outputs';
import { studyReport } from '../../../engine/studies/report';
import { temporaryFolder } from '../../fixtures';
import { makeEndedStudy } from './manyRuns';

const STUDY = {
  options: { model: 'mlp', dataset: 'sample', rounds: 3, pruningFraction: 0.5 },
  axes: { method: ['lrr', 'aws'], round: 'all' },
  nodes: { search: { run: 'search', over: ['method'] } },
  results: {
    kept: { of: 'search', measure: 'kept', rows: ['round'], columns: 'method' },
    accuracy: { of: 'search', measure: 'accuracy', rows: ['round'], columns: 'method' },
  },
};

describe('figures of kept weights', () => {
  const temporary = temporaryFolder();

  async function given() {
    const file = temporary('small.study.json');
    await makeEndedStudy(file, STUDY);
    return studyStates(file);
  }

  it('are not in reports, which have the table', async () => {
    const { study, states } = await given();
    const page = studyReport(study, states, new Date('2026-03-01'));
    const [, kept, accuracy] = page.split('<h2>');
    assert.match(kept!, /^kept<[^]*<td>round 3<\/td>\s*<td><span>12\.50<\/span><\/td>/);
    assert.doesNotMatch(kept!, /<svg/);
    assert.match(accuracy!, /^accuracy<[^]*<svg/);
  });

  it('are drawn only if they are named', async () => {
    const states = await given();
    const titleOf = async (name?: string) => {
      const { file } = await writeFigure(states, { name, out: temporary('figure.svg'), force: true });
      return /<title>(.*?):/.exec(readFileSync(file, 'utf8'))![1];
    };
    assert.deepEqual([await titleOf(), await titleOf('kept')], ['accuracy', 'kept']);
  });
});
