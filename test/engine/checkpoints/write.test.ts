import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openCheckpoint } from '../../../engine/checkpoints/open';
import { readNetworkState, tensorsWithMasks } from '../../../engine/checkpoints/state';
import { sha256Of, writeSafetensors } from '../../../engine/checkpoints/write';
import { MachineError } from '../../../engine/errors';
import { writeAtomically } from '../../../engine/files';
import type { HostTensor } from '../../../engine/tensors';
import { fixture, temporaryFolder } from '../../fixtures';

const TENSORS = new Map<string, HostTensor>([
  ['c.weight', { dtype: 'F32', shape: [1, 3], data: Float32Array.of(1, -2, 0.5) }],
  ['c.mask', { dtype: 'U8', shape: [1, 3], data: Uint8Array.of(1, 0, 1) }],
  ['2', { dtype: 'F32', shape: [], data: Float32Array.of(7) }],
  ['steps', { dtype: 'I64', shape: [], data: BigInt64Array.of(-3n) }],
]);

describe('writeSafetensors', () => {
  const temporary = temporaryFolder();

  it('writes the bytes that the format defines, aligned and in state-dict order', async () => {
    const file = temporary('x.safetensors');
    await writeSafetensors(file, { tensors: TENSORS, metadata: { b: '2', a: 'é' } });
    const header =
      '{"__metadata__":{"a":"é","b":"2"},"c.weight":{"dtype":"F32","shape":[1,3],"data_offsets":[8,20]},' +
      '"c.mask":{"dtype":"U8","shape":[1,3],"data_offsets":[24,27]},"2":{"dtype":"F32","shape":[],"data_offsets":[20,24]},' +
      '"steps":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}';
    const padded = Buffer.from(header.padEnd(Math.ceil((header.length + 1) / 8) * 8 - 1)); // é takes two bytes
    const length = Buffer.alloc(8);
    length.writeUInt32LE(padded.length);
    assert.equal(padded.length % 8, 0);
    const numbers = [BigInt64Array.of(-3n), Float32Array.of(1, -2, 0.5, 7)].map((array) => Buffer.from(array.buffer));
    const bytes = Buffer.concat([length, padded, ...numbers, Buffer.of(1, 0, 1)]);
    assert.deepEqual(readFileSync(file), bytes);
    assert.equal(await sha256Of(file), createHash('sha256').update(bytes).digest('hex'));
  });

  it('reads back what it wrote', async () => {
    const file = temporary('x.safetensors');
    await writeSafetensors(file, { tensors: TENSORS, metadata: { run: 'r' } });
    const { state, metadata } = await readNetworkState(file);
    assert.deepEqual(metadata, { run: 'r' });
    assert.deepEqual(state.masks, new Map([['c', Uint8Array.of(1, 0, 1)]]));
    assert.deepEqual(new Map(tensorsWithMasks(state)), new Map(TENSORS));
  });

  it('writes equal bytes for equal states, even if the metadata is in another order', async () => {
    await writeSafetensors(temporary('a'), { tensors: TENSORS, metadata: { a: '1', b: '2' } });
    await writeSafetensors(temporary('b'), { tensors: TENSORS, metadata: { b: '2', a: '1' } });
    assert.deepEqual(readFileSync(temporary('a')), readFileSync(temporary('b')));
  });

  it('writes thousands of tensors, including empty tensors', async () => {
    const tensors = new Map<string, HostTensor>();
    for (let i = 0; i < 3000; i++)
      tensors.set(`${i}`, { dtype: 'F32', shape: [i % 3], data: new Float32Array(i % 3).fill(i) });
    await writeSafetensors(temporary('many'), { tensors, metadata: {} });
    const { state } = await readNetworkState(temporary('many'));
    assert.deepEqual(new Map(state.tensors), tensors);
  });

  it('writes views of larger buffers', async () => {
    const file = temporary('x.safetensors');
    const data = Float32Array.of(0, 1, 2, 3).subarray(1, 3);
    await writeSafetensors(file, { tensors: new Map([['w', { dtype: 'F32', shape: [2], data }]]), metadata: {} });
    const reader = await openCheckpoint(file);
    assert.deepEqual(new Float32Array((await reader.bytes('w')).buffer), Float32Array.of(1, 2));
    await reader.close();
  });
});

describe('readNetworkState', () => {
  it('reads the masks of the official code, and converts float16 to float32', async () => {
    const { state } = await readNetworkState(fixture('safetensors/aws_state_f16.safetensors'));
    assert.equal(
      [...state.masks.values()].flatMap((mask) => [...mask]).reduce((sum, bit) => sum + bit, 0),
      2496,
    );
    assert.equal(state.tensors.get('conv1.weight')?.dtype, 'F32');
    assert.equal(state.tensors.get('bn1.num_batches_tracked')?.dtype, 'I64');
    assert(![...state.tensors.keys()].some((name) => name.endsWith('fixed_m')));
  });

  it('calls weight_orig weight', async () => {
    const { state } = await readNetworkState(await prunedByTorch());
    assert.deepEqual([...state.tensors.keys()], ['c.weight', 'c.bias']);
    assert.deepEqual([...state.masks.get('c')!], [1, 0]);
  });

  const temporary = temporaryFolder();

  async function prunedByTorch(): Promise<string> {
    const file = temporary('pruned.safetensors');
    const tensors = new Map<string, HostTensor>([
      ['c.weight_orig', { dtype: 'F32', shape: [1, 2], data: Float32Array.of(1, 2) }],
      ['c.bias', { dtype: 'F32', shape: [1], data: Float32Array.of(1) }],
      ['c.weight_mask', { dtype: 'F32', shape: [1, 2], data: Float32Array.of(1, 0) }],
    ]);
    await writeSafetensors(file, { tensors, metadata: {} });
    return file;
  }
});

describe('writeAtomically', () => {
  const temporary = temporaryFolder();

  it('replaces a file, and leaves no other file behind', async () => {
    const file = temporary('run.json');
    await writeAtomically(file, 'one');
    await writeAtomically(file, 'two');
    assert.equal(readFileSync(file, 'utf8'), 'two');
    assert.deepEqual(readdirSync(path.dirname(file)), ['run.json']);
  });

  it('keeps the old file if writing the new file fails half-way', async () => {
    const file = temporary('run.json');
    writeFileSync(file, 'one');
    function* failing() {
      yield Buffer.from('two');
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    }
    const error = await writeAtomically(file, failing()).catch((error: unknown) => error);
    assert(error instanceof MachineError);
    assert.match(error.message, /run\.json cannot be written: the disk is full/);
    assert.equal(readFileSync(file, 'utf8'), 'one');
    assert.deepEqual(readdirSync(path.dirname(file)), ['run.json']);
  });
});
