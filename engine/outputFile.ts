/** Checks the place of a file that a user asks for, and writes it completely or not at all. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { MachineError, UserError } from './errors';
import { statIfPossible, writeAtomically, type Pieces } from './files';

export interface OutputFile {
  /** Absolute path. */
  file: string;
  /** What the file is, for messages, such as `page`. */
  what: string;
  /** A name for such a file, such as `report.html`. */
  example: string;
}

/** Throws UserError if the file exists and may not be replaced. */
export function refuseExisting({ file, what }: Pick<OutputFile, 'file' | 'what'>, force: boolean): void {
  if (!force && statIfPossible(file)?.isFile())
    throw new UserError(`${file} exists.`, {
      advice: {
        terminal: `Name another ${what} with --out, or replace it with --force.`,
        window: `Choose another file for the ${what}.`,
      },
    });
}

/** Throws UserError if the file would replace one of these checkpoints, also if a link leads to it. */
export async function refuseOwnInput(
  checkpoints: readonly string[],
  { file, what }: Pick<OutputFile, 'file' | 'what'>,
): Promise<void> {
  const output = await identityOf(file);
  for (const checkpoint of checkpoints)
    if (
      path.resolve(checkpoint) === path.resolve(file) ||
      (output !== undefined && (await identityOf(checkpoint)) === output)
    )
      throw new UserError(
        `${file} is one of the checkpoints. The ${what} would replace it. Name another file for the ${what}.`,
      );
}

/** Returns a text that is equal for all paths of a file; undefined if there is no file. */
async function identityOf(file: string): Promise<string | undefined> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  return found && `${found.dev} ${found.ino}`;
}

/** Throws UserError if the folder of the file does not exist, or if the file is a folder. */
export async function refuseFolders({ file, what, example }: OutputFile): Promise<void> {
  const folder = path.dirname(file);
  if (!(await stat(folder).catch(() => undefined))?.isDirectory())
    throw new UserError(
      `${file} cannot be written: ${folder} is not a folder. Create this folder, or choose another file.`,
    );
  if ((await stat(file).catch(() => undefined))?.isDirectory())
    throw new UserError(`${file} is a folder. Name the file of the ${what}, for example ${path.join(file, example)}.`);
}

/** Writes the file. Throws UserError if it cannot be written at this place, and MachineError if the disk is full. */
export async function writeOutput(file: string, content: string | Pieces): Promise<void> {
  await writeAtomically(file, content).catch((error: unknown) => {
    throw asPlaceError(file, error);
  });
}

/** Converts an error of writing to a UserError if the place is wrong, for example because a folder is read-only. */
export function asPlaceError(file: string, error: unknown): unknown {
  const { code } = (error instanceof MachineError ? error.cause : error) as NodeJS.ErrnoException;
  const reason = code && BAD_PLACES[code];
  return reason === undefined ? error : new UserError(`${file} cannot be written: ${reason}`, { cause: error });
}

/** Errors of the place that the user chose, by their codes. Other errors, such as a full disk, are errors of the machine. */
const BAD_PLACES: Record<string, string> = {
  EACCES: 'permission denied. Choose a folder that you can write to.',
  EPERM: 'permission denied. Choose a folder that you can write to.',
  EROFS: 'the file system is read-only. Choose another folder.',
  ENAMETOOLONG: 'the name is too long. Choose a shorter one.',
};
