/** Reads and writes the notes of a run: `notes.json` in its directory. A run without the file has no notes. */
import { rm } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { whileClaimed } from '../claim';
import { asMachineError, UserError } from '../errors';
import { statIfPossible, writeAtomically } from '../files';
import { readText } from '../json/text';
import { flag, list, object, oneOf, optional, parseShape, text } from '../shapes';
import { changedNotes, changeProblem, hasNotes, type NotesChange, type RunNotes } from '../vocabulary/runNotes';
import { paths } from './paths';
import { readRecord } from './record';

const NOTES = object({ version: oneOf(1), star: optional(flag), tags: optional(list(text)), text: optional(text) });

/** The notes of a run as they were read. */
export interface ReadNotes {
  /** Empty if there are none, or if they cannot be read. */
  notes: RunNotes;
  /** Why they cannot be read. The run itself can still be used. */
  problem?: string | undefined;
  /** A text that changes with the file. */
  stamp: string;
}

/** Reads the notes again if the file has changed. Returns `before` itself if it has not. */
export async function notesSince(directory: string, before: ReadNotes): Promise<ReadNotes> {
  return notesStamp(directory) === before.stamp ? before : readNotes(directory);
}

function notesStamp(directory: string): string {
  const found = statIfPossible(paths.notes(directory));
  return found ? `${found.mtimeMs} ${found.size} ${found.ino}` : '';
}

/** Reads the notes of a run. Never rejects: a damaged file must not hide the run. */
export async function readNotes(directory: string): Promise<ReadNotes> {
  const stamp = notesStamp(directory);
  if (stamp === '') return { notes: {}, stamp };
  try {
    return { notes: await parseNotes(directory), stamp };
  } catch (error) {
    return { notes: {}, stamp, problem: error instanceof Error ? error.message : String(error) };
  }
}

async function parseNotes(directory: string): Promise<RunNotes> {
  const file = paths.notes(directory);
  const { star, tags, text: note } = parseShape(await readText(file), file, NOTES);
  return changedNotes({}, { ...(star && { star }), addTags: tags ?? [], text: note ?? '' });
}

/**
 * Returns the notes that a run would have after a change, and writes nothing. Throws UserError for a directory without a run, and for notes
 * that cannot be read.
 */
export async function checkedNotes(
  directory: string,
  change: NotesChange,
): Promise<{ notes: RunNotes; isSame: boolean }> {
  const problem = changeProblem(change);
  if (problem !== undefined) throw new UserError(problem);
  await readRecord(directory);
  const { notes: before, problem: damaged } = await readNotes(directory);
  if (damaged !== undefined) throw new UserError(`${damaged} Correct the file, or delete it.`);
  const notes = changedNotes(before, change);
  return { notes, isSame: isDeepStrictEqual(notes, before) };
}

/** Changes the notes of a run, and returns the new notes. Two processes can do so at the same time. Throws as `checkedNotes` does. */
export async function annotateRun(directory: string, change: NotesChange): Promise<RunNotes> {
  const { notes, isSame } = await checkedNotes(directory, change);
  if (isSame) return notes;
  return whileClaimed(`${paths.notes(directory)}.lock`, 'is changing these notes', () => write(directory, change));
}

async function write(directory: string, change: NotesChange): Promise<RunNotes> {
  const { notes: changed } = await checkedNotes(directory, change); // again, because another process may have changed them
  const file = paths.notes(directory);
  if (hasNotes(changed)) await writeAtomically(file, `${JSON.stringify({ version: 1, ...changed }, undefined, 2)}\n`);
  else
    await rm(file, { force: true }).catch((error: unknown) => {
      throw asMachineError(error, `${file} cannot be deleted`);
    });
  return changed;
}
