/** Tests that docs/pytorch.py has every network: its logits are those of the engine for the same pruned checkpoint. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { tensorsWithMasks } from '../../engine/checkpoints/state';
import { writeSafetensors } from '../../engine/checkpoints/write';
import { initialize } from '../../engine/models/initialize';
import { buildArchitecture } from '../../engine/models/registry';
import { random } from '../../engine/random';
import type { HostTensor, NetworkState } from '../../engine/tensors';
import type { ModelName } from '../../engine/vocabulary/modelSchemas';
import type { ModelSpec } from '../../engine/vocabulary/runOptions';
import { temporaryFolder } from '../fixtures';
import { logitsOf } from './logits';

const PYTHON = process.env['WINNING_SIGN_PYTHON'] ?? 'python3';
const IMAGES = { height: 32, width: 32, channels: 3, classes: 7 };
const COUNT = 2;
const BLOCKS = [1, 2, 1, 1, 1, 1, 1];
const SMALL_VIT = { patchSize: 8, dim: 24, depth: 2, heads: 3 };

/** A small network of every name in the registry. The compiler reports a missing one. */
const NETWORKS: Record<ModelName, ModelSpec[]> = {
  mlp: [{ model: 'mlp', options: { hidden: [9] } }],
  convnet: [{ model: 'convnet', options: { widths: [4, 8] } }],
  mixer: [{ model: 'mixer', options: { dim: 12, depth: 2 } }],
  mixer_tiny: ['mixer_tiny'],
  mixer_d512: [{ model: 'mixer_d512', options: { dim: 16, depth: 2 } }],
  lenet: ['lenet', { model: 'lenet', options: { widths: [3, 5], hidden: [9], batchNorm: true } }],
  vgg: [
    { model: 'vgg', options: { depth: 11, width: 4, hidden: [12, 8], pool: 2 } },
    { model: 'vgg', options: { depth: 13, width: 4, hidden: [], pool: 1, batchNorm: false } },
  ],
  mobilenetv2: [
    { model: 'mobilenetv2', options: { width: 0.2, blocks: BLOCKS } },
    { model: 'mobilenetv2', options: { variant: 'torchvision', width: 0.2, blocks: BLOCKS } },
  ],
  efficientnet: [{ model: 'efficientnet', options: { width: 0.2, blocks: BLOCKS } }],
  shufflenet: [{ model: 'shufflenet', options: { groups: 2, blocks: [1, 2, 1] } }],
  vit: [
    { model: 'vit', options: SMALL_VIT },
    { model: 'vit', options: { ...SMALL_VIT, naming: 'timm' } },
  ],
  vit_b_16: [{ model: 'vit_b_16', options: { dim: 24, depth: 2 } }],
  deit_tiny: [{ model: 'deit_tiny', options: { dim: 24, depth: 2 } }],
  deit_small: [{ model: 'deit_small', options: { naming: 'timm', dim: 24, depth: 2 } }],
  resnet: [{ model: 'resnet', options: { block: 'bottleneck', stem: 'imagenet', blocks: [1, 2], widths: [2, 3] } }],
  resnet20: [{ model: 'resnet20', options: { width: 4 } }],
  resnet32: [{ model: 'resnet32', options: { width: 2 } }],
  resnet56: [{ model: 'resnet56', options: { width: 2 } }],
  resnet18: [{ model: 'resnet18', options: { width: 4 } }],
  resnet34: [{ model: 'resnet34', options: { width: 2, stem: 'imagenet' } }],
  resnet50: [{ model: 'resnet50', options: { width: 2 } }],
};

const SCRIPT = `
import json, sys
import numpy as np
import torch
from pytorch import load

folder, count = sys.argv[1], int(sys.argv[2])
images = torch.from_numpy(np.fromfile(f"{folder}/images", dtype=np.float32)).reshape(2, 32, 32, 3).permute(0, 3, 1, 2)
with torch.no_grad():
    for i in range(count):
        network, normalize = load(f"{folder}/{i}.safetensors")
        print(json.dumps(network(normalize(images)).tolist()))
`;

describe('docs/pytorch.py for every network', function () {
  this.timeout(240_000);
  const inFolder = temporaryFolder();

  before('finds Python with PyTorch', function () {
    if (spawnSync(PYTHON, ['-c', 'import torch, safetensors, numpy']).status === 0) return;
    console.log(
      `    Skipped: ${PYTHON} has no torch, safetensors and numpy (WINNING_SIGN_PYTHON names another Python).`,
    );
    this.skip();
  });

  it('computes the logits of the engine', async () => {
    const specs = Object.values(NETWORKS).flat();
    const source = random(1, 'images');
    const data = Float32Array.from({ length: COUNT * 32 * 32 * 3 }, () => 4 * source.uniform() - 2);
    writeFileSync(inFolder('images'), data);
    const expected: number[][][] = [];
    for (const [i, model] of specs.entries()) {
      const architecture = buildArchitecture(model, IMAGES);
      const state = scrambled(initialize(architecture, i));
      const metadata = {
        model: JSON.stringify(model),
        data: JSON.stringify(architecture.data),
        normalization: JSON.stringify({ mean: [0, 0, 0], std: [1, 1, 1] }),
      };
      await writeSafetensors(inFolder(`${i}.safetensors`), { tensors: tensorsWithMasks(state), metadata });
      expected.push(await logitsOf(architecture, state, { data, shape: [COUNT, 32, 32, 3] }));
    }
    const env = { ...process.env, PYTHONPATH: path.resolve('docs'), PYTHONDONTWRITEBYTECODE: '1' };
    const args = ['-c', SCRIPT, inFolder(), String(specs.length)];
    const { stdout, stderr } = spawnSync(PYTHON, args, { env, encoding: 'utf8' });
    assert.equal(stderr, '');
    stdout
      .trim()
      .split('\n')
      .forEach((line, i) => {
        const logits = JSON.parse(line) as number[][];
        const scale = Math.max(...expected[i]!.flat().map(Math.abs));
        assert.ok(Number.isFinite(scale) && scale > 0, JSON.stringify(specs[i]));
        logits.forEach((row, n) => {
          row.forEach((value, c) => {
            const error = Math.abs(value - expected[i]![n]![c]!);
            assert.ok(error < 1e-4 * scale, `${JSON.stringify(specs[i])}: ${value} and ${expected[i]![n]![c]}`);
          });
        });
      });
    assert.equal(stdout.trim().split('\n').length, specs.length);
  });
});

/** Prunes every third weight, and gives all other tensors random values, because many are initialized with 0 or 1. */
function scrambled({ tensors, masks }: NetworkState): NetworkState {
  for (const mask of masks.values()) for (let i = 0; i < mask.length; i += 3) mask[i] = 0;
  const changed = Array.from(tensors, ([name, tensor]): [string, HostTensor] => {
    if (tensor.dtype !== 'F32') return [name, tensor];
    const source = random(2, name);
    const isVariance = name.endsWith('running_var');
    const data = tensor.data.map((value) => value + (isVariance ? source.uniform() : 0.2 * (source.uniform() - 0.5)));
    return [name, { ...tensor, data }];
  });
  return { tensors: new Map(changed), masks };
}
