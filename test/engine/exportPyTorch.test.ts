/** Tests that PyTorch and NumPy read exported checkpoints, and find the numbers and the logits of the source. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { exportCheckpoint } from '../../engine/checkpoints/export/export';
import { importCheckpoint } from '../../engine/runs/importCheckpoint';
import { EXPORT_FORMS, type ExportForm } from '../../engine/vocabulary/exportForms';
import { fixture, readJson, temporaryFolder } from '../fixtures';

const PYTHON = process.env['WINNING_SIGN_PYTHON'] ?? 'python3';
const FORMS = Object.keys(EXPORT_FORMS) as ExportForm[];

/** Compares the exported files of a checkpoint of the official code (first argument) with it. */
const SCRIPT = `
import sys
import numpy as np
import torch
from safetensors.torch import load_file

source, folder = sys.argv[1:]
pth = lambda name: torch.load(f"{folder}/{name}", weights_only=True, map_location="cpu")
original = pth_source = torch.load(source, weights_only=True, map_location="cpu")["state_dict"]
masks = {name[: -len("fixed_m")]: value for name, value in original.items() if name.endswith("fixed_m")}
tensors = {name: value for name, value in original.items() if not name.endswith("fixed_m")}

def same(a, b, name):
    assert a.dtype == b.dtype and torch.equal(a, b), name

official = pth("official")
assert list(official) == ["epoch", "state_dict", "acc", "optimizer"], list(official)
assert official["optimizer"] == {"state": {}, "param_groups": []} and type(official["epoch"]) is int
assert type(official["acc"]) is float
assert list(official["state_dict"]) == list(original), "order"
for name, value in original.items():
    same(official["state_dict"][name], value.float() if name.endswith("fixed_m") else value, name)

arrays = np.load(f"{folder}/npz")
plain = {"pth": pth("pth"), "safetensors": load_file(f"{folder}/safetensors"), "npz": {name: torch.from_numpy(np.asarray(arrays[name])) for name in arrays}}
for form, state in plain.items():
    assert len(state) == len(original), form
    for name, value in tensors.items():
        same(state[name], value, f"{form} {name}")
    for prefix, value in masks.items():
        same(state[prefix + "mask"], value.to(torch.uint8), f"{form} {prefix}mask")

pruned = pth("torch-prune")
for prefix, value in masks.items():
    same(pruned[prefix + "weight_mask"], value.float(), prefix)
    same(pruned[prefix + "weight_orig"], tensors[prefix + "weight"], prefix)

folded = load_file(f"{folder}/folded")
assert folded.keys() == tensors.keys()
for name, value in tensors.items():
    prefix = name[: -len("weight")]
    assert torch.equal(folded[name], value * masks[prefix] if name.endswith("weight") and prefix in masks else value), name
`;

/** Prints the logits of an exported checkpoint of the official code (first argument) and of an imported checkpoint (second argument). */
const LOGITS = `
import json, sys
import numpy as np
import torch
from official_logits import mixer, resnet
from pytorch import load

official, imported, images, normalization = sys.argv[1:]
mean, std = (torch.tensor(json.loads(normalization)[name]).view(-1, 1, 1) for name in ("mean", "std"))
x = (torch.from_numpy(np.load(images)["x"]).double() - mean) / std
state = torch.load(official, weights_only=True)["state_dict"]
network, normalize = load(imported)
try:
    assert torch.equal(normalize(torch.zeros(1, 3, 16, 16)), (torch.zeros(1, 3, 16, 16) - mean) / std)
except ValueError as error:
    assert "was imported without a run file" in str(error) and "1.weight" in state
with torch.no_grad():
    print(json.dumps([(mixer if "1.weight" in state else resnet)(state, x).tolist(), network(x.float()).tolist()]))
`;

interface LogitsTruth {
  files: Record<string, { logits: number[][] }>;
  mean: number[];
  std: number[];
}

describe('exported checkpoints in PyTorch and NumPy', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();

  before('finds Python with PyTorch', function () {
    if (spawnSync(PYTHON, ['-c', 'import torch, safetensors, numpy']).status === 0) return;
    console.log(
      `    Skipped: ${PYTHON} has no torch, safetensors and numpy (WINNING_SIGN_PYTHON names another Python).`,
    );
    this.skip();
  });

  for (const [source, hashes] of Object.entries(
    readJson('pytorch/exports.json') as Record<string, Record<string, string>>,
  ))
    it(`have the tensors and masks of ${source}`, async () => {
      for (const form of FORMS) {
        const request = { checkpoint: fixture(source), form, out: inFolder(form) };
        assert.equal((await exportCheckpoint(request)).sha256, hashes[form], form);
      }
      const { status, stderr } = spawnSync(PYTHON, ['-c', SCRIPT, fixture(source), inFolder()], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    });

  it('have the logits of the official checkpoint after import and export, and so has docs/pytorch.py', async () => {
    const { files, mean, std } = readJson('aws/logits.json') as LogitsTruth;
    for (const [name, { logits }] of Object.entries(files)) {
      const checkpoint = path.join(fixture('aws'), name);
      const optionsFile = name.includes('mixer') ? undefined : fixture('aws/images.sign.json');
      await importCheckpoint({ checkpoint, optionsFile, out: inFolder('i.safetensors'), force: true });
      await exportCheckpoint({
        checkpoint: inFolder('i.safetensors'),
        form: 'official',
        out: inFolder('o'),
        force: true,
      });
      const modules = [path.resolve('docs'), fixture('make')].join(path.delimiter);
      const env = { ...process.env, PYTHONPATH: modules, PYTHONDONTWRITEBYTECODE: '1' };
      const args = [inFolder('o'), inFolder('i.safetensors'), fixture('aws/images.npz'), JSON.stringify({ mean, std })];
      const { stdout, stderr, status } = spawnSync(PYTHON, ['-c', LOGITS, ...args], { env, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      const [official, ours] = JSON.parse(stdout) as number[][][];
      logits.forEach((row, n) => {
        row.forEach((value, c) => {
          assert.ok(Math.abs(official![n]![c]! - value) < 1e-7, `${name}: ${official![n]![c]} and ${value}`);
          assert.ok(Math.abs(ours![n]![c]! - value) < 2e-5, `${name}: ${ours![n]![c]} and ${value}`);
        });
      });
    }
  });
});
