/** Writes checkpoints as `torch.save` does, for machines without PyTorch: a ZIP archive with a pickle of protocol 2. */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';

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
    const common = commonHeader(name, bytes.length);
    await write(Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name)]));
    await write(bytes);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, rest, Buffer.from(name)]));
    at += 30 + name.length + bytes.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  await write(central);
  stream.end(end);
  await once(stream, 'close');
}

/** Returns the fields that the local header and the directory have in common. The checksum is 0, because PyTorch does not check it. */
function commonHeader(name: string, size: number): Buffer {
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt32LE(size, 14);
  common.writeUInt32LE(size, 18);
  common.writeUInt16LE(name.length, 22);
  return common;
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
