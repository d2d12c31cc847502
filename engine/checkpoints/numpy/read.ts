/** Reads NumPy files: one array (.npy), or a ZIP archive of named arrays (.npz). */
import path from 'node:path';
import { UserError } from '../../errors';
import type { UncountedTensor } from '../../vocabulary/checkpoint';
import { fillOfEntry, withArchive } from '../archive';
import type { RangedFile } from '../file';
import { asInvalid, noTensors } from '../invalid';
import { readerOf, type CheckpointReader, type ReadableTensor } from '../reader';
import { fillOf, stridesOf, type FillStorage } from '../strided';
import { LARGEST_NPY_HEADER, NotNumbersError, parseNpyHeader } from './header';

/** Reads the header of an .npy file. The array is named after the file. Closing the reader closes the file. */
export async function readNpy(file: RangedFile): Promise<CheckpointReader> {
  try {
    const tensor = await arrayOf(path.parse(file.name).name, {
      file: file.name,
      size: file.size,
      fill: (into, from) => file.fill(into, from),
    });
    return readerOf([tensor], { file: file.name, format: 'npy', metadata: {}, close: () => file.close() });
  } catch (error) {
    throw asInvalid(file.name, 'NumPy array', error);
  }
}

/** Reads the directory of an .npz file and the header of every array. Closing the reader closes the file. */
export function readNpz(file: RangedFile): Promise<CheckpointReader> {
  return withArchive(file, 'NumPy archive', async (archive) => {
    const tensors: ReadableTensor[] = [];
    const uncounted: UncountedTensor[] = [];
    for (const [entryName, entry] of archive.entries) {
      if (!entryName.endsWith('.npy')) continue;
      const name = entryName.slice(0, -'.npy'.length);
      const source = { file: file.name, size: entry.uncompressedSize, fill: fillOfEntry(entry, archive) };
      try {
        tensors.push(await arrayOf(name, source));
      } catch (error) {
        if (error instanceof NotNumbersError) uncounted.push({ name, dtype: error.type, shape: [] });
        else
          throw error instanceof UserError
            ? error
            : new Error(`${entryName} cannot be read: ${(error as Error).message}`);
      }
    }
    if (tensors.length + uncounted.length === 0)
      throw noTensors(file.name, 'Save arrays with numpy.savez(FILE, name=array).');
    return readerOf(tensors, {
      file: file.name,
      format: 'npz',
      metadata: {},
      uncounted,
      close: archive.close,
      faults: archive.faults,
    });
  });
}

async function arrayOf(
  name: string,
  { file, size, fill }: { file: string; size: number; fill: FillStorage },
): Promise<ReadableTensor> {
  const head = new Uint8Array(Math.min(size, LARGEST_NPY_HEADER));
  await fill(head, 0);
  const { dtype, shape, fortran, big, end } = parseNpyHeader(head, size);
  const numbers: FillStorage = (into, from) => fill(into, end + from);
  const view = { dtype, offset: 0, shape, strides: stridesOf(shape, fortran) };
  return { name, dtype, shape, fill: fillOf(view, numbers, { big, file }) };
}
