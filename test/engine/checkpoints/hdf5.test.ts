/** Compares files of Keras and h5py with the values that Keras and h5py wrote. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BlockReader, slabsOf } from '../../../engine/checkpoints/hdf5/blocks';
import { snakeCase } from '../../../engine/checkpoints/hdf5/config';
import { withoutWrapper } from '../../../engine/checkpoints/hdf5/names';
import { Hdf5Worker } from '../../../engine/checkpoints/hdf5/worker';
import { openCheckpoint } from '../../../engine/checkpoints/open';
import type { CheckpointReader } from '../../../engine/checkpoints/reader';
import { UserError } from '../../../engine/errors';
import { compareCheckpoints } from '../../../engine/inspection/compare';
import { inspect } from '../../../engine/inspection/inspect';
import { sizeOf } from '../../../engine/tensors';
import { fixture, readJson, temporaryFolder } from '../../fixtures';

interface TrueTensor {
  dtype: string;
  shape: number[];
  sha256: string;
}

interface Truth {
  tensors: Record<string, TrueTensor>;
  /** SHA-256 of each variable, by the variable's name in Keras. */
  variables?: Record<string, string>;
  layers?: { layer: string; layout: string; count: number; kept: number; positive: number; negative: number }[];
  parameters?: number;
}

const FILES = readdirSync(fixture('keras')).filter((name) => !name.endsWith('.json'));

describe('an HDF5 file', () => {
  const temporary = temporaryFolder();

  for (const name of FILES)
    it(`${name} has the bytes of every dataset`, async () => {
      const { tensors, variables } = readJson(`keras/${name}.truth.json`) as Truth;
      const reader = await openCheckpoint(fixture(`keras/${name}`));
      const read = await contentOf(reader);
      await reader.close();
      const model = [...read.values()].filter(({ collection }) => collection === undefined);
      const inOrder = (all: TrueTensor[]) =>
        all.map(({ dtype, shape, sha256 }) => `${sha256} ${dtype} ${shape.join()}`).sort();
      assert.deepEqual(inOrder(model), inOrder(Object.values(tensors)));
      for (const [variable, sha256] of Object.entries(variables ?? {}))
        assert.equal(read.get(variable)?.sha256, sha256, variable);
    });

  for (const name of FILES.filter((file) => (readJson(`keras/${file}.truth.json`) as Truth).layers))
    it(`${name} has the layers, masks and layouts of its tool`, async () => {
      const { layers, parameters } = readJson(`keras/${name}.truth.json`) as Truth;
      const found = await inspect(fixture(`keras/${name}`));
      assert.deepEqual(
        found.layers.map(({ name: layer, layout, count, kept, positive, negative }) => ({
          layer,
          layout,
          count,
          kept,
          positive,
          negative,
        })),
        layers,
      );
      const pruned = layers!.reduce((sum, { count, kept }) => sum + count - kept, 0);
      if (parameters !== undefined) assert.equal(found.sparsity.all, pruned / parameters);
    });

  it('39: the wrapper of TensorFlow Model Optimization is a mask, and no parameter', async () => {
    const { layers, parameters } = readJson('cases/39-keras-pruned/truth.json') as Truth;
    const found = await inspect(fixture('cases/39-keras-pruned/wrapped.h5'));
    const [layer] = found.layers;
    const { kept, count, positive, negative, layout } = layer!;
    const { shape: _, ...truth } = layers![0]! as NonNullable<Truth['layers']>[number] & { shape: unknown };
    assert.deepEqual({ layer: layer!.name, layout, count, kept, positive, negative }, truth);
    assert.equal(found.sparsity.all, (count - kept) / parameters!);
  });

  it('is read by any range', async () => {
    const reader = await openCheckpoint(fixture('keras/generic.h5'));
    for (const { name, shape } of reader.tensors) {
      const whole = await reader.bytes(name);
      const size = whole.length / Math.max(1, sizeOf(shape));
      for (let from = 0; from < sizeOf(shape); from += 1 + Math.floor(sizeOf(shape) / 9))
        for (const to of [from, from + 1, Math.floor((from + sizeOf(shape)) / 2), sizeOf(shape)])
          if (to >= from)
            assert.deepEqual(
              await reader.bytes(name, from, to),
              whole.slice(from * size, to * size),
              `${name} ${from} ${to}`,
            );
    }
    await reader.close();
  });

  it('names Lambda layers, and runs nothing', async () => {
    for (const name of ['keras/tfmot_parts.keras', 'keras/tfmot_legacy.h5']) {
      const reader = await openCheckpoint(fixture(name));
      await reader.close();
      assert.ok(reader.metadata['Lambda layers (not run)'], name);
    }
  });

  it('says what cannot be read', async () => {
    const listed = async (name: string) => (await inspect(fixture(`hostile/h5/${name}`))).uncounted;
    assert.deepEqual(await listed('external_raw.h5'), [
      { name: 'leak', dtype: 'uint8', shape: [16], reason: 'its numbers are not in this file' },
    ]);
    assert.equal((await listed('virtual_huge.h5'))![0]!.reason, 'most of its numbers were never written');
    await assert.rejects(openCheckpoint(fixture('hostile/h5/lzf.h5')), {
      name: 'UserError',
      message: /has no tensors that can be read: "w" is float32, but it is compressed by lzf\. Save/,
    });
    await assert.rejects(openCheckpoint(fixture('hostile/h5/bad_version.h5')), {
      name: 'UserError',
      message: /bad_version\.h5 is not a valid HDF5 file: bad superblock version number\./,
    });
  });

  it('has the same signed masks as the same model in another file', async () => {
    const { total, unmatched } = await compareCheckpoints(
      fixture('keras/legacy_model.h5'),
      fixture('keras/model_v3.keras'),
    );
    assert.deepEqual([total.count, total.iou, total.signAgreement, unmatched.length], [216 + 72 + 128, 1, 1, 0]);
  });

  it('is refused in a sentence when it is cut or changed anywhere', async () => {
    for (const name of ['legacy_model.h5', 'generic_latest.h5', 'model_v3.keras']) {
      const whole = readFileSync(fixture(`keras/${name}`));
      for (let step = 1; step < 6; step++) {
        const length = Math.floor((whole.length * step) / 6);
        const changed = Buffer.from(whole);
        changed.fill(0xff, length, length + 8);
        for (const bytes of [whole.subarray(0, length), changed]) await openOrRefuse(temporary(name), bytes);
      }
    }
  }).timeout(60_000);
});

describe('the thread of the HDF5 library', () => {
  it('answers no more requests after the library aborted', async () => {
    const worker = new Hdf5Worker();
    const path = fixture('keras/legacy_model.h5');
    await worker.ask({ open: { path, begin: 0, end: statSync(path).size } });
    const read = { path: 'w', offset: [0.5], count: [1], bytes: 4 }; // throws a RangeError, as if memory ran out
    const answers = await Promise.allSettled([worker.ask({ read }), worker.ask({ close: true }), worker.ask({ read })]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      ['rejected', 'rejected', 'rejected'],
    );
    assert.ok(worker.hasFailed);
    await worker.end();
  });
});

describe('blocks of a dataset', () => {
  it('are read again if reading them failed', async () => {
    let reads = 0;
    const blocks = new BlockReader(({ bytes }) =>
      reads++ === 0 ? Promise.reject(new Error('busy')) : Promise.resolve(new Uint8Array(bytes).fill(7)),
    );
    const dtype = { counted: 'uint8' } as const;
    const fill = blocks.fillOf({ kind: 'dataset', path: 'w', shape: [4], chunks: [4], dtype }, 'uint8');
    const into = new Uint8Array(4);
    await assert.rejects(fill(into, 0), /busy/);
    await fill(into, 0);
    await fill(into, 0);
    assert.deepEqual([[...into], reads], [[7, 7, 7, 7], 2]);
  });
});

describe('slabsOf', () => {
  it('covers every range of an array once, in order', () => {
    const shape = [3, 2, 4];
    for (let from = 0; from <= 24; from++)
      for (let to = from; to <= 24; to++) {
        const covered = [...slabsOf(shape, from, to)].flatMap(({ offset, count }) => elementsOf(shape, offset, count));
        assert.deepEqual(
          covered,
          Array.from({ length: to - from }, (_, i) => from + i),
        );
      }
  });
});

describe('names of Keras', () => {
  it('are written as Keras does', () => {
    const names = {
      Conv2D: 'conv2d',
      BatchNormalization: 'batch_normalization',
      ReLU: 're_lu',
      PruneLowMagnitude: 'prune_low_magnitude',
      LSTMCell: 'lstm_cell',
    };
    for (const [name, snake] of Object.entries(names)) assert.equal(snakeCase(name), snake);
  });

  it('lose the wrapper of TensorFlow Model Optimization', () => {
    assert.equal(withoutWrapper('prune_low_magnitude_conv/conv/kernel:0'), 'conv/kernel:0');
    assert.equal(withoutWrapper('prune_low_magnitude_conv/mask:0'), 'conv/mask:0');
    assert.equal(withoutWrapper('block/block/kernel:0'), 'block/block/kernel:0');
  });
});

function elementsOf(shape: number[], offset: number[], count: number[]): number[] {
  return Array.from({ length: sizeOf(count) }, (_, i) => {
    let [rest, element, stride] = [i, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      element += stride * (offset[axis]! + (rest % count[axis]!));
      rest = Math.floor(rest / count[axis]!);
      stride *= shape[axis]!;
    }
    return element;
  });
}

async function contentOf(reader: CheckpointReader): Promise<Map<string, TrueTensor & { collection?: string }>> {
  const content = new Map<string, TrueTensor & { collection?: string }>();
  for (const { name, dtype, shape, collection } of reader.tensors) {
    const sha256 = createHash('sha256')
      .update(await reader.bytes(name))
      .digest('hex');
    content.set(name, { dtype, shape, sha256, ...(collection !== undefined && { collection }) });
  }
  return content;
}

async function openOrRefuse(file: string, bytes: Uint8Array): Promise<void> {
  writeFileSync(file, bytes);
  try {
    await inspect(file);
  } catch (error) {
    assert.ok(error instanceof UserError && error.message.includes(path.basename(file)), String(error));
  }
}
