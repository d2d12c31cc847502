/** Says in the words of the command line which run directories a changed study file no longer describes, and all ways out. */
import { command, pathWord } from '../commands';
import { folderOf } from '../studies/place';
import type { ReadStudy } from '../studies/studyFile';
import {
  conflictsSentence,
  nodesText,
  staleSentence,
  unlistedSentence,
  type StudyChanges,
} from '../vocabulary/studyChanges';

/** Returns the lines about the changes of a study. */
export function changesLines(
  study: Pick<ReadStudy, 'file' | 'name'>,
  { conflicts, stale, unlisted }: StudyChanges = {},
): string[] {
  const file = pathWord(study.file);
  const folder = pathWord(folderOf(study));
  const anew = (nodes: readonly string[]) =>
    `  to run anew: ${command('study', 'run', file, ...nodes.flatMap((node) => ['--retry', node]))} (renames the directories and deletes nothing)`;
  return [
    ...(conflicts
      ? [
          conflictsSentence(conflicts),
          '  to use what is there: change the study file back; run.json in a directory has its options',
          `  to have both: copy the study file to another name, or rename ${nodesText(conflicts.nodes)} in it`,
          anew(conflicts.nodes),
          `  to run other nodes meanwhile: ${command('study', 'run', file, '--only')} NODE`,
        ]
      : []),
    ...(stale ? [staleSentence(stale), anew(stale.nodes)] : []),
    ...(unlisted
      ? [
          unlistedSentence(unlisted),
          `  to use what is there: change the study file back; else move ${unlisted.directories === 1 ? 'it' : 'them'} out of ${folder}`,
        ]
      : []),
  ];
}
