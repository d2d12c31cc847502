/** Runs the studies of the templates at the scale demo on two processors, and compares the time that they took with that of their plan. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { contentOf, scalesOf, TEMPLATES, type TemplateName } from '../../../engine/studies/templates/templates';
import type { Bench, Figure } from '../bench';
import { once, timeOf } from '../measure';

const CLI = path.join(__dirname, '../../../../dist/engine/cli.js');
const CORES = 2;
/** A run that every template has, and images, for the test that the row can be measured. */
const FIRST = 'dense';
const FEW = { format: 'idx', path: path.resolve('engine/datasets/sample'), limit: { train: 128, test: 64 } };

export const studyFigures: Figure[] = (Object.keys(TEMPLATES) as TemplateName[])
  .filter((template) => scalesOf(template).includes('demo'))
  .map((template) => {
    const name = `study/plan/${template}`;
    return {
      names: [name],
      measure: async (bench) => {
        const { taken, planned } = await timesOf(bench, template);
        const note = `ours: the study on ${CORES} processors, theirs: its plan; 0.77 … 1.43 is within 30 %`;
        return [{ name, ...once(taken, planned, { unit: 's', note }) }];
      },
    };
  });

/** Returns the seconds that a study took and those of its plan. With tiny sizes, runs only its first node on a few images. */
async function timesOf({ folder, sizes }: Bench, template: TemplateName): Promise<{ taken: number; planned: number }> {
  const place = path.join(folder, 'studies');
  await mkdir(place, { recursive: true });
  const file = path.join(place, `${template}.study.json`);
  const isTiny = sizes.runs === 1 && sizes.batch === 2;
  const content = contentOf(template, 'demo');
  const few = { ...content, options: { ...content.options, dataset: FEW, finalEpochs: 1 } };
  await writeFile(file, JSON.stringify(isTiny ? few : content));
  const run = promisify(execFile);
  const study = (action: string, ...rest: string[]) =>
    run(process.execPath, [CLI, 'study', action, file, '--json', ...rest], { maxBuffer: 1e8 });
  const cores = ['--cores', String(CORES)];
  const { stdout } = await study('plan', ...cores);
  const { seconds } = JSON.parse(stdout) as { seconds: number };
  const ms = await timeOf(() => study('run', ...cores, ...(isTiny ? ['--only', `${FIRST}-seed2`] : [])));
  return { taken: ms / 1000, planned: seconds };
}
