/** Tests that PyTorch and NumPy read exported checkpoints, and find the numbers of the source. Writes nothing if they differ. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { exportCheckpoint } from '../../engine/checkpoints/export/export';
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
});
