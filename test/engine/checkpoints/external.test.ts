/** Tests which other files a checkpoint may name: names stay in its folder, links in this folder are followed. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { versionOf } from '../../../engine/checkpoints/heldFiles';
import { openCheckpoint } from '../../../engine/checkpoints/open';
import { inspect } from '../../../engine/inspection/inspect';
import { fixture, temporaryFolder } from '../../fixtures';

/** A model of several files, and a function that names another file in it. */
const MODELS: Record<string, { files: string[]; naming: (file: string) => [name: string, content: string] }> = {
  onnx: {
    files: ['onnx/external.onnx', 'onnx/external.bin'],
    naming: (file) => ['m.onnx', externalModel(file)],
  },
  safetensors: {
    files: [
      'safetensors/sharded/model.safetensors.index.json',
      'safetensors/sharded/model-00001-of-00002.safetensors',
      'safetensors/sharded/model-00002-of-00002.safetensors',
    ],
    naming: (file) => ['m.safetensors.index.json', JSON.stringify({ weight_map: { w: file } })],
  },
  'TensorFlow.js': {
    files: ['tfjs/f32/model.json', 'tfjs/f32/group1-shard1of2.bin', 'tfjs/f32/group1-shard2of2.bin'],
    naming: (file) => {
      const weights = [{ name: 'w', shape: [4], dtype: 'float32' }];
      const weightsManifest = [{ paths: [file], weights }];
      return ['model.json', JSON.stringify({ format: 'layers-model', modelTopology: {}, weightsManifest })];
    },
  },
};

/** An ONNX model with one tensor of 4 floats in another file. */
function externalModel(file: string): string {
  const field = (number: number, text: string) => String.fromCharCode(8 * number + 2, text.length) + text;
  const entry = field(13, field(1, 'location') + field(2, file));
  const tensor = '\x08\x04\x10\x01' + field(8, 'w') + entry + '\x70\x01'; // [4] float32 w, external
  return '\x08\x08' + field(7, field(5, tensor));
}

describe('files that a checkpoint names', () => {
  const temporary = temporaryFolder();

  for (const [name, { files, naming }] of Object.entries(MODELS)) {
    if (files.length > 0)
      it(`of ${name} are found through links, as in the cache of Hugging Face`, async () => {
        mkdirSync(temporary('blobs'));
        mkdirSync(temporary('snapshots/1'), { recursive: true });
        files.forEach((file, i) => {
          copyFileSync(fixture(file), temporary('blobs', String(i)));
          symlinkSync(`../../blobs/${i}`, temporary('snapshots/1', path.basename(file)));
        });
        const linked = await inspect(temporary('snapshots/1', path.basename(files[0]!)));
        const whole = await inspect(fixture(files[0]!));
        assert.deepEqual(linked.tensors, whole.tensors);
      });

    if (files.length > 0)
      it(`of ${name} have versions, which are those of the open files`, async () => {
        for (const file of files) copyFileSync(fixture(file), temporary(path.basename(file)));
        const paths = files.map((file) => temporary(path.basename(file)));
        const expected = paths.map(versionOf);
        const reader = await openCheckpoint(paths[0]!);
        for (const file of paths) rmSync(file);
        assert.deepEqual(reader.versions!(), expected);
        await reader.close();
      });

    for (const named of ['../secret', 'in/../../secret', '/etc/passwd', '..\\secret', 'C:\\secret', '..', ''])
      it(`of ${name} cannot be "${named}"`, async () => {
        mkdirSync(temporary('folder/in'), { recursive: true });
        writeFileSync(temporary('secret'), new Uint8Array(16));
        const [model, content] = naming(named);
        writeFileSync(temporary('folder', model), content, 'latin1');
        await assert.rejects(openCheckpoint(temporary('folder', model)), {
          name: 'UserError',
          message: /which is not .*in the folder of the (model|index)/,
        });
      });
  }
});
