/**
 * A program: `BACKEND MODEL [SIZE]` trains a few steps on images of SIZE × SIZE and prints a hash of the state. MODEL is a name, or JSON with
 * options. The process must then end by itself.
 */
import { startBackend } from '../../../engine/backends/startBackend';
import type { BackendReport } from '../../../engine/protocol';
import { initialize } from '../../../engine/models/initialize';
import { buildArchitecture } from '../../../engine/models/registry';
import type { ModelName } from '../../../engine/vocabulary/modelSchemas';
import type { ModelSpec } from '../../../engine/vocabulary/runOptions';
import { createTrainer } from '../../../engine/training/create';
import { hashOf } from '../oracle';
import { values } from './reference';

async function main(): Promise<void> {
  const backend = await startBackend(process.argv[2] as BackendReport['name']);
  const extent = Number(process.argv[4] ?? 28);
  const given = process.argv[3]!;
  const model = given.startsWith('{') ? (JSON.parse(given) as ModelSpec) : (given as ModelName);
  const architecture = buildArchitecture(model, { height: extent, width: extent, channels: 1, classes: 10 });
  const state = initialize(architecture, 1);
  const optimizer = { kind: 'adam', momentum: 0, weightDecay: 1e-4 } as const;
  const trainer = createTrainer({ architecture, backend, optimizer, initial: state.tensors });
  trainer.load(state);
  const size = 32;
  for (let step = 0; step < 3; step++) {
    const images = values(size * extent * extent, step);
    trainer.step(
      { images, labels: Int32Array.from({ length: size }, (_, i) => i % 10), size },
      { learningRate: 0.01, alpha: 0.3 },
    );
  }
  const { tensors, optimizer: saved } = await trainer.save();
  const hashes = [...tensors.values(), ...saved.slots.values()].map(hashOf);
  console.log(backend.choice.threads, hashes.join(''));
}

void main();
