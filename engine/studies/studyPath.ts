/** Says which study file was probably meant by a path that names none. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import { statIfPossible } from '../files';
import { nearest } from '../nearest';
import { STUDY_FILE, studyOfFolder } from './findStudies';

/** Number of study files that a message names. */
const MOST_FILES = 5;

/** Throws UserError for a folder, and for a file that does not exist if another one was probably meant. The reader of the file reports the rest. */
export function refuseOtherPath(given: string): void {
  const file = path.resolve(given);
  const found = statIfPossible(file);
  if (found?.isDirectory()) throw new UserError(`${given} is a folder, not a study file. ${filesIn(given)}`);
  if (found) return;
  const files = studiesIn(path.dirname(file));
  const name = path.basename(file);
  const ending = [STUDY_FILE, '.json'].map((end) => `${name}${end}`);
  const short = new Map(files.map((one) => [one.slice(0, -STUDY_FILE.length), one]));
  const meant =
    files.find((one) => ending.includes(one)) ??
    nearest(name, files) ??
    short.get(nearest(name, [...short.keys()]) ?? '');
  if (meant === undefined) return;
  throw new UserError(`${file}: The file does not exist. Did you mean ${path.join(path.dirname(given), meant)}?`);
}

/** Says which study files a folder has, or which its runs belong to. */
function filesIn(folder: string): string {
  const study = studyOfFolder(path.resolve(folder));
  if (study !== undefined) return `It has the runs of a study. Name the file of that study: ${study}.`;
  const files = studiesIn(folder).map((name) => path.join(folder, name));
  if (files.length === 0) return 'It has no study file (NAME.study.json). Check the path.';
  const more = files.length > MOST_FILES ? ` and ${files.length - MOST_FILES} more` : '';
  return `Name one of its study files: ${files.slice(0, MOST_FILES).join(', ')}${more}.`;
}

function studiesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(STUDY_FILE))
      .sort();
  } catch {
    return []; // the folder does not exist or cannot be read
  }
}
