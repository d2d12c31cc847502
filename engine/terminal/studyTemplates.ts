/** Lists the templates of studies, each in one line, with what it costs. */
import { expand } from '../studies/expand';
import { parseStudy } from '../studies/studyFile';
import { contentOf, scalesOf, TEMPLATES, type TemplateName } from '../studies/templates/templates';
import { NAMES } from '../studies/templates/newStudy';
import { epochsOf } from '../studies/work';
import { table } from './format';
import type { Printed } from './verb';

export function templatesList(): Printed {
  const templates = NAMES.map((name) => {
    const scales: readonly string[] = scalesOf(name);
    const { question } = TEMPLATES[name];
    return { name, question, scales, ...(scales.includes('demo') && { demo: costOf(name) }) };
  });
  const rows = templates.map(({ name, question, scales, demo }) => [
    ...[name, demo ? String(demo.runs) : '–', demo ? String(demo.epochs) : '–', scales.join(', '), question],
  ]);
  const head = ['template', 'demo: runs', 'epochs', 'scales', 'question'];
  return { json: { templates }, text: table([head, ...rows], [0, 3, 4]) };
}

/** Returns the number of runs and epochs of a template at the scale demo, whose data are included. */
function costOf(name: TemplateName): { runs: number; epochs: number } {
  const runs = expand(parseStudy(`${name}.study.json`, JSON.stringify(contentOf(name, 'demo'))));
  return { runs: runs.length, epochs: runs.reduce((sum, run) => sum + epochsOf(run), 0) };
}
