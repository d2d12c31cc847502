/** Writes safetensors files whose tensors are read while they are written. */
import { SAFETENSORS_DTYPES } from '../header';
import { UserError } from '../../errors';
import { quote } from '../../json/strict';
import { sizeOfDtype } from '../dtypes';
import { headerBytes } from '../write';
import { bytesOf, type ExportedTensor } from './plan';

const NAMES = new Map(
  Object.entries(SAFETENSORS_DTYPES)
    .filter(([name]) => !/^F[46]/.test(name) || name === 'F64')
    .map(([name, dtype]) => [dtype, name]),
);

/** Yields the bytes of a file. The header has the order of `tensors`; the data is ordered by descending element size, as the format requires. */
export async function* safetensorsOf(
  tensors: readonly ExportedTensor[],
  metadata: Readonly<Record<string, string>>,
): AsyncIterable<Uint8Array> {
  const placed = [...tensors].sort((a, b) => sizeOfDtype(b.dtype) - sizeOfDtype(a.dtype));
  const begins = new Map<string, number>();
  let end = 0;
  for (const tensor of placed) {
    begins.set(tensor.name, end);
    end += bytesOf(tensor);
  }
  const places = tensors.map((tensor) => {
    const begin = begins.get(tensor.name)!;
    return { name: tensor.name, dtype: nameOf(tensor), shape: tensor.shape, begin, end: begin + bytesOf(tensor) };
  });
  yield headerBytes(places, metadata);
  for (const tensor of placed) yield await tensor.load();
}

function nameOf({ name, dtype }: ExportedTensor): string {
  const known = NAMES.get(dtype);
  if (known !== undefined) return known;
  throw new UserError(
    `tensor ${quote(name)} has the dtype ${dtype}, which cannot be exported. Convert it to float32 first, or choose another checkpoint.`,
  );
}
