/** Measures the time that `study run` needs for each run beside its training: to start its process, load its data and end it. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expand } from '../../../engine/studies/expand';
import { readStates } from '../../../engine/studies/states';
import { readStudy } from '../../../engine/studies/studyFile';
import { CLI } from '../../engine/process';
import type { Figure } from '../bench';
import { once, timeOf } from '../measure';

const OVERHEAD = 'study/overhead';
const LIMIT_MS = 1_500;
const RUNS = 12;

export const overheadFigure: Figure = {
  names: [OVERHEAD],
  measure: async ({ folder }) => {
    const place = path.join(folder, 'overhead');
    await mkdir(place, { recursive: true });
    const file = path.join(place, 'overhead.study.json');
    await writeFile(file, JSON.stringify(smallStudy()));
    const taken = await timeOf(() =>
      promisify(execFile)(process.execPath, [CLI, 'study', 'run', file, '--cores', '1']),
    );
    const study = await readStudy(file);
    const states = await readStates(study, expand(study));
    const worked = states.reduce((sum, { overview }) => sum + 1000 * (overview?.seconds ?? 0), 0);
    const note = `milliseconds a run, over ${RUNS} runs one after another, without what their logs cover; theirs: the limit`;
    return [{ name: OVERHEAD, ...once((taken - worked) / RUNS, LIMIT_MS, { unit: 'ms', note }) }];
  },
};

/** Returns a study of trainings that are as short as possible. */
function smallStudy(): object {
  const model = { model: 'mlp', options: { hidden: [16] } };
  return {
    options: { model, dataset: 'sample', finalEpochs: 1, batchSize: 64, backend: 'wasm' },
    axes: { seed: Array.from({ length: RUNS }, (_, i) => i + 1) },
    nodes: { dense: { run: 'training', over: ['seed'] } },
    results: {},
  };
}
