/** Where the runs of a study are. */
import path from 'node:path';
import { folderName } from '../runs/names';
import { RUNS_FOLDER } from '../runs/paths';
import type { ReadStudy } from './studyFile';

/** Returns the folder with the run directories of a study: `.winning-sign/NAME.study` beside its file. A run file may have the same name. */
export function folderOf({ file, name }: Pick<ReadStudy, 'file' | 'name'>): string {
  return path.join(path.dirname(file), RUNS_FOLDER, `${folderName(name)}.study`);
}

/** Returns the directory of a run of a study. */
export function directoryOf(study: Pick<ReadStudy, 'file' | 'name'>, run: string): string {
  return path.join(folderOf(study), run);
}

/** The output of the process that runs the study, if it has no terminal. */
export function logOf(study: Pick<ReadStudy, 'file' | 'name'>): string {
  return path.join(folderOf(study), 'study.log');
}

/** The file that names the process that runs the study. */
export function lockOf(study: Pick<ReadStudy, 'file' | 'name'>): string {
  return path.join(folderOf(study), 'study.lock');
}
