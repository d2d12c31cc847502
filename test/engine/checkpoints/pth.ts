/** Writes checkpoints as `torch.save` does, for machines without PyTorch: a ZIP archive with a pickle of protocol 2. */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { crc32 } from 'node:zlib';
import { directoryEntry, endOfDirectory, localHeader } from '../zip';

export interface PthTensor {
  shape: number[];
  /** Row-major. */
  data: Float32Array;
}

/** Writes a state dict of float32 tensors. Each storage is written straight from its array, so files may be large. */
export async function writePth(file: string, tensors: ReadonlyMap<string, PthTensor>): Promise<void> {
  const entries: [name: string, bytes: Uint8Array][] = [['archive/data.pkl', pickleOf(tensors)]];
  for (const [key, { data }] of [...tensors.values()].entries())
    entries.push([`archive/data/${key}`, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
  entries.push(['archive/version', Buffer.from('3\n')]);
  const stream = createWriteStream(file);
  const write = async (bytes: Uint8Array) => {
    if (!stream.write(bytes)) await once(stream, 'drain');
  };
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, bytes] of entries) {
    const size = bytes.length;
    const entry = { name, size, stored: size, checksum: crc32(bytes) };
    const header = localHeader(entry);
    await write(header);
    await write(bytes);
    directory.push(directoryEntry(entry, at));
    at += header.length + size;
  }
  await write(Buffer.concat([...directory, endOfDirectory(directory, at)]));
  stream.end();
  await once(stream, 'close');
}

/** Pickles `{name: _rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())}`. */
function pickleOf(tensors: ReadonlyMap<string, PthTensor>): Buffer {
  const parts: Buffer[] = [Buffer.from('\x80\x02}', 'latin1')];
  for (const [key, [name, { shape, data }]] of [...tensors].entries()) {
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
    parts.push(
      text(name),
      global('torch._utils', '_rebuild_tensor_v2'),
      ...[MARK, MARK, text('storage'), global('torch', 'FloatStorage'), text(String(key)), text('cpu')],
      ...[integer(data.length), Buffer.from('tQ'), integer(0), tuple(shape), tuple(strides)],
      ...[Buffer.from('\x89', 'latin1'), global('collections', 'OrderedDict'), Buffer.from(')RtRs')],
    );
  }
  return Buffer.concat([...parts, Buffer.from('.')]);
}

const MARK = Buffer.from('(');

function text(value: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(value));
  return Buffer.concat([Buffer.from('X'), length, Buffer.from(value)]);
}

function integer(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.write('J');
  bytes.writeInt32LE(value, 1);
  return bytes;
}

function tuple(values: readonly number[]): Buffer {
  return Buffer.concat([MARK, ...values.map(integer), Buffer.from('t')]);
}

function global(module: string, name: string): Buffer {
  return Buffer.from(`c${module}\n${name}\n`);
}
