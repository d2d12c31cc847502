/** Reads text files that users write. */
import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { FileError } from '../errors';

/** Returns the text of a UTF-8 file without the byte order mark. Throws UserError if the file cannot be read. */
export async function readText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const message = missing ? 'The file does not exist. Check the path.' : `${(error as Error).message}.`;
    throw new FileError(file, [{ message }], { cause: error });
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
