/** Tests that docs/pytorch.py gives the same accuracy and loss as the run. README promises this to users who continue in PyTorch. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { RunSummary } from '../../engine/protocol';
import { temporaryFolder } from '../fixtures';
import { cliJson, QUICK, writeData, writeRunFile } from './process';

const PYTHON = process.env['WINNING_SIGN_PYTHON'] ?? 'python3';

/** Prints loss and accuracy over rows 128 … 160 of the artificial data, as JSON. */
const SCRIPT = `
import json, sys
import torch
from safetensors.torch import load_file
from pytorch import load
network, normalize = load(sys.argv[1])
data = load_file(sys.argv[2])
images, labels = data["x"][128:160].float().unsqueeze(1), data["y"][128:160]
with torch.no_grad():
    logits = network(normalize(images))
print(json.dumps({
    "loss": torch.nn.functional.cross_entropy(logits, labels).item(),
    "accuracy": 100 * (logits.argmax(1) == labels).double().mean().item(),
}))
`;

const NETWORKS = {
  mlp: { model: 'mlp', options: { hidden: [12, 7] } },
  'mlp without batch norm': { model: 'mlp', options: { hidden: [9], batchNorm: false } },
  convnet: QUICK.model,
  resnet20: { model: 'resnet20', options: { width: 4 } },
  'resnet of bottlenecks': {
    model: 'resnet',
    options: { block: 'bottleneck', stem: 'imagenet', blocks: [1, 2], widths: [2, 3] },
  },
  'resnet20 with group norm': { model: 'resnet20', options: { width: 4, norm: 'group', groups: 2 } },
  'resnet of bottlenecks without norm': {
    model: 'resnet',
    options: { block: 'bottleneck', norm: 'none', blocks: [1, 2], widths: [2, 3] },
  },
  'convnet with group norm': { model: 'convnet', options: { widths: [8, 16], norm: 'group' } },
  resnet32: { model: 'resnet32', options: { width: 4 } },
  resnet18: { model: 'resnet18', options: { width: 4, stem: 'imagenet' } },
  mobilenetv2: { model: 'mobilenetv2', options: { width: 0.2, blocks: [1, 2, 1, 1, 1, 1, 1] } },
  'mobilenetv2 of torchvision': {
    model: 'mobilenetv2',
    options: { variant: 'torchvision', width: 0.2, blocks: [1, 2, 1, 1, 1, 1, 1] },
  },
  efficientnet: { model: 'efficientnet', options: { width: 0.2, blocks: [1, 2, 1, 1, 1, 1, 1] } },
  shufflenet: { model: 'shufflenet', options: { groups: 2, blocks: [1, 2, 1] } },
  'shufflenet of half the width': { model: 'shufflenet', options: { groups: 3, width: 0.5, blocks: [1, 1, 1] } },
  vit: { model: 'vit', options: { dim: 12, depth: 2, heads: 3 } },
  'vit of timm': { model: 'deit_tiny', options: { naming: 'timm', patchSize: 2, dim: 12, depth: 2, heads: 3 } },
  mixer: { model: 'mixer', options: { dim: 6, depth: 2 } },
  mixer_tiny: 'mixer_tiny',
  mixer_d512: { model: 'mixer_d512', options: { patchSize: 2, dim: 8, depth: 1 } },
};

describe('docs/pytorch.py', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();

  before('finds Python with PyTorch', function () {
    if (spawnSync(PYTHON, ['-c', 'import torch, safetensors']).status === 0) return;
    console.log(`    Skipped: ${PYTHON} has no torch and safetensors (WINNING_SIGN_PYTHON names another Python).`);
    this.skip();
  });

  for (const [name, model] of Object.entries(NETWORKS))
    it(`computes the accuracy and loss of the last round of a run (${name})`, async () => {
      await writeData(inFolder());
      const dataset = { ...QUICK.dataset, ...(name === 'convnet' && { normalization: { std: [64], mean: [100] } }) };
      writeRunFile(inFolder('a.sign.json'), { model, dataset, rounds: 1 });
      const { status, rounds, directory, message } = await cliJson<RunSummary>('run', inFolder('a.sign.json'));
      assert.equal(status, 'done', message);
      const { checkpoint, test } = rounds[1]!;
      const files = [path.join(directory, checkpoint), inFolder('data.safetensors')];
      const env = { ...process.env, PYTHONPATH: path.resolve('docs'), PYTHONDONTWRITEBYTECODE: '1' };
      const { stdout, stderr } = spawnSync(PYTHON, ['-c', SCRIPT, ...files], { env, encoding: 'utf8' });
      assert.equal(stderr, '');
      const there = JSON.parse(stdout) as typeof test;
      assert.equal(there.accuracy, test.accuracy);
      assert.ok(Math.abs(there.loss - test.loss) < 1e-5, `${there.loss} and ${test.loss}`);
    });
});
