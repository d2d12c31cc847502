import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { expand } from '../../../engine/studies/expand';
import { directoryOf } from '../../../engine/studies/place';
import { studyReport } from '../../../engine/studies/report';
import { readStates, type RunState } from '../../../engine/studies/states';
import { readStudy } from '../../../engine/studies/studyFile';
import { temporaryFolder } from '../../fixtures';

const STUDY = {
  question: 'Does <it> work?',
  options: { model: 'mlp', dataset: 'sample', backend: 'wasm' },
  axes: { seed: [2, 3] },
  nodes: { dense: { run: 'training', over: ['seed'] } },
  results: { accuracy: { of: 'dense', measure: 'accuracy', rows: ['seed'] } },
};

describe('studyReport', () => {
  const temporary = temporaryFolder();

  async function reportOf(change: (states: RunState[]) => RunState[]): Promise<string> {
    const file = temporary('small.study.json');
    writeFileSync(file, JSON.stringify(STUDY));
    const study = await readStudy(file);
    const states = await readStates(study, expand(study));
    assert.equal(states[0]!.directory, directoryOf(study, 'dense-seed2'));
    return studyReport(study, change(states), new Date('2026-03-01'));
  }

  it('names the runs that failed or diverged with their messages, outside of the folded list', async () => {
    const page = await reportOf(([first, second]) => [
      { ...first!, status: 'failed', message: 'The disk is full. Free 1 GB.' },
      { ...second!, status: 'diverged', message: 'The loss was NaN.' },
    ]);
    const shown = page.replace(/<details>[^]*?<\/details>/g, '');
    assert.match(shown, /<h2>Runs that failed, diverged or were interrupted<\/h2>/);
    assert.match(shown, /dense-seed2<\/td>\s*<td>failed<[^]*The disk is full\. Free 1 GB\.[^]*dense-seed3<[^]*NaN/);
    assert.match(shown, /Study small: 1 of 2 runs have ended\. Made on 2026-03-01\./);
  });

  it('has no such list if there is nothing to tell, needs no script, and escapes texts', async () => {
    const page = await reportOf((states) => states);
    assert.doesNotMatch(page, /Runs that failed|<script|src=|https?:\/\/(?!www\.w3\.org)/);
    assert.match(page, /<h1>Does &lt;it&gt; work\?<\/h1>/);
    assert.match(page, /<summary>All 2 runs<\/summary>[^]*dense-seed3[^]*&quot;nodes&quot;/);
  });
});
