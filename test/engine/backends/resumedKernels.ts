/** A program: `KERNELS` chooses the backend of a run that began on wasm with these kernels (none if empty), and prints what it has. */
import assert from 'node:assert/strict';
import { chooseBackend } from '../../../engine/calibration/choose';
import type { BackendChoice, KernelSet } from '../../../engine/vocabulary/runEvents';

async function main(): Promise<void> {
  const kernels = process.argv[2] as KernelSet | '';
  const began: BackendChoice = {
    name: 'wasm',
    device: '',
    threads: 1,
    deterministic: true,
    reason: '',
    ...(kernels && { kernels }),
  };
  const work = { model: 'mlp', data: { height: 4, width: 4, channels: 1, classes: 2 }, batchSize: 1 } as const;
  const backend = await chooseBackend('wasm', { work, measure: () => assert.fail(), began });
  const { kernels: now, mixed } = backend.choice;
  console.log(JSON.stringify({ kernels: now, mixed }));
  backend.dispose();
}

void main();
