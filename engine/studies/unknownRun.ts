/** Says that a study has no node and no run of a name. */
import { didYouMean } from '../nearest';
import type { StudyRun } from './expand';
import { folderOf } from './place';
import type { ReadStudy } from './studyFile';

/** Returns the end of a sentence whose subject is the name. It names the nodes, and the run that was probably meant. */
export function unknownText(study: Pick<ReadStudy, 'file' | 'name'>, runs: readonly StudyRun[], name: string): string {
  const nodes = [...new Set(runs.map(({ node }) => node))];
  const meant = didYouMean(name, [...nodes, ...runs.map((run) => run.name)]);
  return `is neither a node nor a run of ${study.file}.${meant} Its nodes are ${nodes.join(', ')}. The name of a run is that of its directory in ${folderOf(study)}, such as ${runs[0]?.name ?? 'NODE'}.`;
}
