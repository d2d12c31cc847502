/** Reads text files that users write. */
import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { asMachineError, FileError } from '../errors';

/** What is wrong with a path that the user named, by the code of the system's error. */
const SENTENCES: Record<string, string> = {
  ENOENT: 'The file does not exist. Check the path.',
  EISDIR: 'This is a folder, not a file. Name a file.',
  ENOTDIR: 'The file does not exist, because a part of its path is a file. Check the path.',
  ENAMETOOLONG: 'The path is too long. Check it.',
  ELOOP: 'The symbolic links of this path form a loop. Name another file.',
  EACCES: 'The file cannot be read: permission denied. Change its permissions, or name another file.',
  EPERM: 'The file cannot be read: permission denied. Change its permissions, or name another file.',
};

/** Returns the text of a UTF-8 file without the byte order mark. Throws UserError if the file cannot be read, and MachineError if the disk fails. */
export async function readText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    const { code = '' } = error as NodeJS.ErrnoException;
    const machine = asMachineError(error, `${file} cannot be read`);
    if (!(code in SENTENCES) && machine !== error) throw machine;
    throw new FileError(file, [{ message: SENTENCES[code] ?? `${(error as Error).message}.` }], { cause: error });
  });
  if (!isUtf8(bytes) || bytes.includes(0))
    throw new FileError(file, [
      { message: `The encoding of this file is ${encodingOf(bytes)}. Save the file as UTF-8.` },
    ]);
  return new TextDecoder().decode(bytes);
}

/** Returns the name of the encoding of a JSON text that is not UTF-8, for an error message. */
function encodingOf(bytes: Buffer): string {
  const start = bytes.toString('hex', 0, 4);
  if (/^(fffe|..00)0000|^0000(feff|00)/.test(start)) return 'UTF-32';
  if (/^(fffe|[^0].00)/.test(start)) return 'UTF-16 (little-endian)';
  if (/^(feff|00[^0])/.test(start)) return 'UTF-16 (big-endian)';
  return 'not UTF-8';
}
