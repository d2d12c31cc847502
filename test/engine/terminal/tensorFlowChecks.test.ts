import assert from 'node:assert/strict';
import { driverVersion, gpuCheck } from '../../../engine/terminal/tensorFlowChecks';

const CPU = { usable: true, device: 'CPU' };
const ABSENT = { usable: false, device: '' };

describe('the check of TensorFlow on a GPU', () => {
  it('is left out without a driver if TensorFlow was not installed for a GPU', () => {
    assert.equal(gpuCheck(CPU, undefined, undefined), undefined);
    assert.equal(gpuCheck(CPU, { gpu: false }, undefined), undefined);
  });

  it('fails if the driver is missing or too old', () => {
    assert.match(gpuCheck(CPU, { gpu: true }, undefined)!.remedy!, /Install NVIDIA's driver/);
    assert.match(gpuCheck(CPU, { gpu: true }, '470.82.01')!.detail, /470\.82\.01 is too old/);
    assert.equal(gpuCheck(ABSENT, undefined, '525.60.13')!.ok, true);
  });

  it('gives the install command if TensorFlow has no CUDA', () => {
    const { ok, detail } = gpuCheck(CPU, { gpu: false }, '550.54.14')!;
    assert.ok(ok);
    assert.match(detail, /winning-sign backends install tensorflow --gpu/);
  });

  it('says that a library is missing if everything else is installed', () => {
    assert.match(gpuCheck(CPU, { gpu: true }, '550.54.14')!.detail, /sees no GPU/);
    assert.match(gpuCheck(ABSENT, { gpu: true }, '550.54.14')!.detail, /does not load/);
    assert.ok(gpuCheck({ usable: true, device: 'GPU' }, { gpu: true }, '550.54.14')!.ok);
  });

  it('reads the driver’s version from either kernel module', () => {
    const closed = 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC 2024\n';
    const open = 'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build\n';
    assert.deepEqual([closed, open].map(driverVersion), ['550.54.14', '570.86.15']);
    assert.equal(driverVersion(''), '0');
  });
});
