/** Tests ONNX models: the roles of weights in the graph, and the allowed places of external data. */
import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import { findLayers } from '../../../engine/checkpoints/layers';
import { openCheckpoint, withCheckpoint } from '../../../engine/checkpoints/open';
import { decodeVarints } from '../../../engine/checkpoints/onnx/wire';
import { inspect } from '../../../engine/inspection/inspect';
import { fixture, temporaryFolder } from '../../fixtures';

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

/** Writes a field that contains bytes. */
function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(8 * number + 2), varint(bytes.length), bytes]);
}

describe('an ONNX model', () => {
  const temporary = temporaryFolder();

  it('finds the output axis of each weight', async () => {
    const axes = await withCheckpoint(fixture('onnx/graphs.onnx'), async (reader) =>
      Object.fromEntries((await findLayers(reader)).map((layer) => [layer.name, layer.axes])),
    );
    assert.deepEqual(axes, {
      conv: 'out 4 × in 3·3·3',
      gemm_io: 'in 5 × out 6',
      gemm_oi: 'out 6 × in 5',
      matmul_io: 'in 7 × out 8',
      transposed_oi: 'out 8 × in 7',
      constant_conv: 'out 2 × in 2·3·3',
      branch_oi: 'out 3 × in 4',
      lstm_w: 'out 1 × in 8·3',
    });
  });

  it('does not count running statistics as parameters', async () => {
    const { tensors, layers, sparsity } = await inspect(fixture('onnx/graphs.onnx'));
    const all = tensors.reduce((sum, { count }) => sum + count, 0) - 8; // the mean and the variance
    const pruned = layers.reduce((sum, { count, kept }) => sum + count - kept, 0);
    assert.equal(sparsity.all, pruned / all);
  });

  it('is listed, but its numbers are not read', async () => {
    const name = Buffer.from('\x08\x01\x10\x01\x42\x01w', 'latin1'); // [1] float32 w, then a dimension of 2³⁰
    const size = 2 ** 32;
    const head = Buffer.concat([name, Buffer.from([8]), varint(2 ** 30), Buffer.from([0x4a]), varint(size)]);
    const tensor = Buffer.concat([Buffer.from([0x2a]), varint(head.length + size), head]);
    const model = Buffer.concat([Buffer.from([8, 8, 0x3a]), varint(tensor.length + size), tensor]);
    writeFileSync(temporary('large.onnx'), model);
    truncateSync(temporary('large.onnx'), model.length + size); // 4 GB that take no room on the disk
    await withCheckpoint(temporary('large.onnx'), async (reader) => {
      assert.deepEqual(reader.tensors, [{ name: 'w', dtype: 'float32', shape: [1, 2 ** 30] }]);
      assert.equal((await reader.bytes('w', 2 ** 30 - 4)).length, 16);
    });
  });

  const many = (bytes: Buffer, count = 2 ** 14 + 1) => Buffer.concat(Array.from({ length: count }, () => bytes));
  const [nothing, size] = [Buffer.alloc(0), Buffer.from([1])];
  const tensor = (dimensions: Buffer) => Buffer.concat([dimensions, Buffer.from('\x10\x01\x42\x01w', 'latin1')]);
  const parts = /a node of the graph has more than 16384 inputs, outputs, attributes and graphs\. Copy/;
  const dimensions = /a tensor has more than 64 dimensions\. Copy/;
  const HOSTILE: Record<string, [graph: Buffer, message: RegExp]> = {
    'it has no tensors': [nothing, /hostile\.onnx has no tensors\. Choose a file/],
    'a node has too many inputs': [field(1, many(field(1, nothing))), parts],
    'a node has too many outputs': [field(1, many(field(2, nothing))), parts],
    'a node has too many attributes': [field(1, many(field(5, nothing))), parts],
    'an attribute has too many graphs': [field(1, field(5, many(field(11, nothing)))), parts],
    'the attributes of a node have too many graphs': [
      field(1, many(field(5, many(field(11, nothing), 4)), 4096)),
      parts,
    ],
    'a tensor has too many dimensions': [field(5, tensor(many(Buffer.from([8, 1]), 65))), dimensions],
    'a tensor has too many packed dimensions': [field(5, tensor(field(1, many(size, 65)))), dimensions],
    'a tensor has packed dimensions twice': [field(5, tensor(many(field(1, many(size, 64)), 2))), dimensions],
    'a sparse tensor has too many dimensions': [field(15, many(Buffer.from([24, 1]), 65)), dimensions],
    'a sparse tensor has too many packed dimensions': [field(15, field(3, many(size, 65))), dimensions],
    'a sparse tensor has a dimension beyond 2⁵³': [
      field(15, Buffer.concat([varint(24), many(Buffer.from([255]), 8), varint(1)])),
      /tensor "" has a dimension of/,
    ],
  };
  for (const [what, [graph, message]] of Object.entries(HOSTILE))
    it(`is refused if ${what}`, async () => {
      writeFileSync(temporary('hostile.onnx'), Buffer.concat([Buffer.from([8, 8]), field(7, graph)]));
      await assert.rejects(openCheckpoint(temporary('hostile.onnx')), { name: 'UserError', message });
    });
});

describe('decodeVarints', () => {
  it('decodes numbers of every length and sign', () => {
    const numbers = [0n, 1n, 127n, 128n, 2n ** 28n, 2n ** 32n + 5n, 2n ** 63n - 1n, -1n, -(2n ** 63n), -(2n ** 31n)];
    const bytes = numbers.flatMap((number) => {
      const written: number[] = [];
      for (let rest = BigInt.asUintN(64, number); ; rest >>= 7n) {
        if (rest < 128n) return [...written, Number(rest)];
        written.push(Number(rest & 127n) | 128);
      }
    });
    const wide = decodeVarints(Uint8Array.from(bytes), 8, numbers.length);
    assert.deepEqual([...new BigInt64Array(wide.buffer)], numbers);
    const narrow = new Int16Array(decodeVarints(Uint8Array.from(bytes), 2, numbers.length).buffer);
    assert.deepEqual(
      [...narrow],
      numbers.map((number) => Number(BigInt.asIntN(16, number))),
    );
    assert.throws(() => decodeVarints(Uint8Array.from(bytes), 8, 11), /fewer/);
    assert.throws(() => decodeVarints(Uint8Array.from(bytes), 8, 9), /more/);
  });
});
