/** A file read by ranges; failures say the file's name. */
import { open, stat, type FileHandle } from 'node:fs/promises';
import { UserError } from '../errors';

export interface RangedFile {
  name: string;
  size: number;
  /** Exactly the bytes [from, to), in memory of their own, aligned to 8. */
  read(from: number, to: number): Promise<Uint8Array>;
  /** Fills `into` with the bytes from `from` on. */
  fill(into: Uint8Array, from: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens an ordinary file for reading by ranges. */
export async function openFile(name: string): Promise<RangedFile> {
  try {
    const { size } = await checkOrdinary(name); // before opening it: opening a pipe would wait for its other end
    const handle = await open(name, 'r');
    const fill = (into: Uint8Array, from: number) => readExactly(handle, name, { into, from });
    return {
      name,
      size,
      read: async (from, to) => {
        const bytes = new Uint8Array(Buffer.allocUnsafeSlow(to - from).buffer);
        await fill(bytes, from);
        return bytes;
      },
      fill,
      close: () => handle.close(),
    };
  } catch (error) {
    throw asReadError(error, name);
  }
}

async function checkOrdinary(name: string) {
  const found = await stat(name);
  if (found.isDirectory()) throw new UserError(`${name} is a folder; choose a file in it.`);
  if (!found.isFile()) throw new UserError(`${name} is not an ordinary file.`);
  return found;
}

async function readExactly(handle: FileHandle, name: string, { into, from }: { into: Uint8Array; from: number }) {
  for (let done = 0; done < into.length;) {
    const length = Math.min(into.length - done, LARGEST_READ);
    const { bytesRead } = await handle.read(into, done, length, from + done);
    if (bytesRead === 0) throw new UserError(`${name} became shorter while it was read; open it again.`);
    done += bytesRead;
  }
}

const LARGEST_READ = 2 ** 30; // one read call takes at most 2³¹ − 1 bytes

/** A missing or forbidden file is the user's to mend; anything else goes on as it is. */
export function asReadError(error: unknown, name: string): unknown {
  const sentence = SENTENCES[(error as NodeJS.ErrnoException).code ?? ''];
  return sentence ? new UserError(`${name} cannot be read: ${sentence}.`, { cause: error }) : error;
}

const SENTENCES: Record<string, string> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its links go in a circle',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};
