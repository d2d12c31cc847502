/** Says in the words of the command line which run directories a changed study file no longer describes, and all ways out. */
import { command, pathWord } from '../commands';
import { folderOf } from '../studies/place';
import type { ReadStudy } from '../studies/studyFile';
import { conflictsSentence, nodesText, unlistedSentence, type StudyChanges } from '../vocabulary/studyChanges';

/** Returns the lines about the changes of a study. */
export function changesLines(
  study: Pick<ReadStudy, 'file' | 'name'>,
  { conflicts, unlisted }: StudyChanges = {},
): string[] {
  const file = pathWord(study.file);
  const folder = pathWord(folderOf(study));
  return [
    ...(conflicts
      ? [
          conflictsSentence(conflicts),
          '  to use what is there: change the study file back; run.json in a directory has its options',
          `  to have both: copy the study file to another name, or rename ${nodesText(conflicts.nodes)} in it`,
          `  to run anew: ${conflicts.nodes.map((node) => command('study', 'run', file, '--retry', node)).join(', or ')} (renames the directories and deletes nothing)`,
          `  to run other nodes meanwhile: ${command('study', 'run', file, '--only')} NODE`,
        ]
      : []),
    ...(unlisted
      ? [
          unlistedSentence(unlisted),
          `  to use what is there: change the study file back; else move ${unlisted.directories === 1 ? 'it' : 'them'} out of ${folder}`,
        ]
      : []),
  ];
}
