/** Says where the numbers of a study come from. */
import { createHash } from 'node:crypto';
import type { DatasetSpec } from '../vocabulary/runOptions';
import { hasEnded, type RunState } from './states';
import type { ReadStudy } from './studyFile';

export const DEVIATION = 'A deviation is the sample standard deviation over runs.';

/** Returns sentences about the runs, the data, the devices and the version of this program. */
export function provenanceOf(
  { name, study }: Pick<ReadStudy, 'name' | 'study'>,
  states: readonly RunState[],
): string[] {
  const ended = states.filter(({ status }) => hasEnded(status));
  return [
    ...(study.question === undefined ? [] : [study.question]),
    `Study ${name}: ${ended.length} of ${states.length} runs have ended.`,
    DEVIATION,
    ...subjectOf({ study }, states),
    ...sourcesOf(states),
  ];
}

/** Returns sentences about the images that were measured, and the content of the study file. */
export function subjectOf({ study }: Pick<ReadStudy, 'study'>, states: readonly RunState[]): string[] {
  const hash = createHash('sha256').update(JSON.stringify(study)).digest('hex');
  return [splitSentence(states), `SHA-256 of the study, as JSON: ${hash}.`];
}

/** Returns sentences about the data, the devices and the version of this program. */
export function sourcesOf(states: Iterable<Pick<RunState, 'status' | 'overview'>>): string[] {
  const [data, devices] = [new Set<string>(), new Set<string>()];
  for (const { status, overview } of states) {
    if (!hasEnded(status) || !overview) continue;
    const { datasetSha256, backend } = overview;
    if (datasetSha256 !== undefined) data.add(datasetSha256);
    if (backend) devices.add(`${backend.name} (${backend.device})`);
  }
  const version = process.env['WINNING_SIGN_VERSION'];
  return [
    ...(data.size > 0 ? [`SHA-256 of the data: ${[...data].join(', ')}.`] : []),
    ...(devices.size > 0 ? [`Computed by ${[...devices].join(', ')}.`] : []),
    ...(version === undefined ? [] : [`Written by Winning Sign ${version} with Node ${process.versions.node}.`]),
  ];
}

/** Returns a sentence that says on which images accuracies and errors were measured. */
function splitSentence(states: readonly RunState[]): string {
  const held = (dataset: DatasetSpec) => typeof dataset === 'object' && dataset.validation !== undefined;
  const kinds = new Set(states.map(({ run }) => held(run.options.dataset)));
  const [test, validation] = ['test images', 'training images that were held out'];
  const images = kinds.size > 1 ? `${test}, or ${validation}` : kinds.has(true) ? validation : test;
  return `Accuracies and errors were measured on the ${images}, and barriers of the training loss on the training images.`;
}
