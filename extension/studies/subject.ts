/** Finds the study that a command is about: a row of the tree, a file of the explorer, the file in the editor, or one that the user picks. */
import * as vscode from 'vscode';
import type { StudySummary } from '../../engine/protocol';
import { progressText } from '../../engine/vocabulary/studyCounts';
import { UserError } from '../errors';
import { field, fileIn } from '../subjects';
import type { Studies } from '../studies';

export const STUDY_ENDING = '.study.json';

/** The part of the list of studies that finds one. */
export type StudyList = Pick<Studies, 'ready' | 'all' | 'ofFolder'>;

export interface StudyChoice {
  title: string;
  /** Only studies for which this is true are offered. */
  wanted?: (study: StudySummary) => boolean;
  /** The message if there is no such study. */
  none?: string;
}

const NONE = 'This workspace has no study. Create one with “Winning Sign: New Study…”.';

/** Returns the path of the study file. Undefined if the user cancels. Throws UserError if there is no study. */
export async function studyFor(
  argument: unknown,
  studies: StudyList,
  { title, wanted, none = NONE }: StudyChoice,
): Promise<string | undefined> {
  await studies.ready();
  const given = givenFile(argument, studies);
  if (given !== undefined) return given;
  const open = vscode.window.activeTextEditor?.document.uri.fsPath;
  if (open?.endsWith(STUDY_ENDING)) return open;
  const found = studies.all(wanted);
  if (found.length === 0) throw new UserError(none);
  if (found.length === 1) return found[0]!.file;
  const items = found.map((study) => ({
    label: study.name,
    description: progressText(study, { brief: true }),
    ...(study.question !== undefined && { detail: study.question }),
    file: study.file,
  }));
  const options = { title, placeHolder: 'Study', matchOnDetail: true };
  return (await vscode.window.showQuickPick(items, options))?.file;
}

/** Returns the file in an argument: a path, a file of the explorer, or a row of the tree. */
function givenFile(argument: unknown, studies: Pick<StudyList, 'ofFolder'>): string | undefined {
  const summary = (argument as { summary?: unknown } | undefined | null)?.summary;
  const file = field(summary, 'file') ?? fileIn(argument);
  if (file !== undefined) return file;
  const folder = field(argument, 'folder');
  if (folder === undefined) return undefined;
  const study = studies.ofFolder(folder);
  if (!study) throw new UserError(`${folder}: The file of this study is missing. Restore it, then try again.`);
  return study.file;
}
