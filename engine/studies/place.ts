/** Where the runs of a study and its own files are. */
import path from 'node:path';
import { folderName } from '../runs/names';
import { RUNS_FOLDER } from '../runs/paths';
import { asideName } from '../vocabulary/movedAside';
import type { ReadStudy } from './studyFile';

/** Returns the folder with the run directories of a study: `.winning-sign/NAME.study` beside its file. A run file may have the same name. */
export function folderOf({ file, name }: Pick<ReadStudy, 'file' | 'name'>): string {
  return path.join(path.dirname(file), RUNS_FOLDER, `${folderName(name)}.study`);
}

/** Returns the directory of a run of a study. */
export function directoryOf(study: Pick<ReadStudy, 'file' | 'name'>, run: string): string {
  return path.join(folderOf(study), run);
}

/** The names of everything that this program writes to the folder of a study, beside its runs. `RunNames` refuses runs with these names. */
export const OWN = { log: 'study.log', lock: 'study.lock', ended: '.ended.json', slurm: '.slurm' } as const;

/** Returns the directory to which a run is moved so that it begins anew. */
export function asideOf(directory: string, number: number): string {
  return asideName(directory, number);
}

/** The output of the process that runs the study, if it has no terminal. */
export function logOf(study: Pick<ReadStudy, 'file' | 'name'>): string {
  return path.join(folderOf(study), OWN.log);
}

/** The file that names the process that runs the study. */
export function lockOf(study: Pick<ReadStudy, 'file' | 'name'>): string {
  return path.join(folderOf(study), OWN.lock);
}

/** What is known of the runs that have ended, so that their logs are not read again. */
export function endedOf(study: Pick<ReadStudy, 'file' | 'name'>): string {
  return path.join(folderOf(study), OWN.ended);
}

/** The last line that the process of a study prints, however its runs have ended. */
export function placeText(study: Pick<ReadStudy, 'file' | 'name'>): string {
  return `Everything is in ${folderOf(study)}.`;
}
