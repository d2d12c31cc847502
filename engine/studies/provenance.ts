/** Says where the numbers of a study come from. */
import type { RunState } from './states';
import type { ReadStudy } from './studyFile';

/** Returns sentences about the runs, the data, the devices and the version of this program. */
export function provenanceOf(
  { name, study }: Pick<ReadStudy, 'name' | 'study'>,
  states: readonly RunState[],
): string[] {
  const ended = states.filter(({ status }) => status === 'done' || status === 'diverged');
  const distinct = (values: readonly (string | undefined)[]) => [...new Set(values.filter((one) => one !== undefined))];
  const data = distinct(ended.map(({ overview }) => overview?.datasetSha256));
  const devices = distinct(
    ended.map(({ overview }) => overview?.backend && `${overview.backend.name} (${overview.backend.device})`),
  );
  const version = process.env['WINNING_SIGN_VERSION'];
  return [
    ...(study.question === undefined ? [] : [study.question]),
    `Study ${name}: ${ended.length} of ${states.length} runs have ended.`,
    'A deviation is the sample standard deviation over runs.',
    ...(data.length > 0 ? [`SHA-256 of the data: ${data.join(', ')}.`] : []),
    ...(devices.length > 0 ? [`Computed by ${devices.join(', ')}.`] : []),
    ...(version === undefined ? [] : [`Made by Winning Sign ${version}.`]),
  ];
}
