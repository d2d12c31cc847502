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

  it('has the result of each run, and no column without a name', async () => {
    const measured = { accuracy: 85.25, loss: 1 };
    const result = {
      kind: 'train',
      sparsity: { prunable: 0, all: 0 },
      test: measured,
      train: measured,
      checkpoint: '',
    };
    const page = await reportOf(([first, second]) => [
      { ...first!, status: 'done', overview: { rounds: [], result } as never },
      second!,
    ]);
    const runs = page.slice(page.indexOf('<summary>All 2 runs'));
    assert.match(runs, /<th>result<\/th>[^]*dense-seed2<\/td>\s*<td>done<\/td>\s*<td>85\.25 %<\/td>/);
    assert.doesNotMatch(runs, /<th><\/th>|<th>message/);
  });
});
