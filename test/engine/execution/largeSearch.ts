/**
 * A program that does the parts of a search with a large network: `largeSearch.js BACKEND STEM FOLDER`. It prints the peak of its memory in bytes
 * and the number of parameters as JSON.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { startBackend } from '../../../engine/backends/startBackend';
import { checksumOf, readNetworkState, tensorsWithMasks } from '../../../engine/checkpoints/state';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { saveState, START } from '../../../engine/execution/savedState';
import { SignChanges } from '../../../engine/execution/signChanges';
import { UNGUARDED } from '../../../engine/files';
import { pruneByMagnitude } from '../../../engine/lottery/prune';
import { transfer } from '../../../engine/lottery/transfer';
import { initialize } from '../../../engine/models/initialize';
import { countParameters } from '../../../engine/models/parameters';
import { buildArchitecture } from '../../../engine/models/registry';
import type { BackendChoice } from '../../../engine/protocol';
import { createTrainer } from '../../../engine/training/create';

const BATCH = 16;

async function main(name: BackendChoice['name'], stem: 'cifar-wide' | 'imagenet', folder: string): Promise<void> {
  const data = { height: 32, width: 32, channels: 3, classes: 1000 };
  const architecture = buildArchitecture({ model: 'resnet50', options: { stem } }, data);
  const backend = await startBackend(name);
  const optimizer = { kind: 'sgd', momentum: 0.9, weightDecay: 5e-4 } as const;
  const signs = new SignChanges(architecture);
  const initial = initialize(architecture, 1);
  const trainer = createTrainer({ architecture, backend, optimizer, initial: initial.tensors });
  trainer.load(initial);
  signs.start(initial);
  const images = Float32Array.from({ length: BATCH * 32 * 32 * 3 }, (_, i) => Math.sin(i));
  const labels = Int32Array.from({ length: BATCH }, (_, i) => i);
  const step = async (learningRate: number, alpha: number) => {
    trainer.step({ images, labels, size: BATCH }, { learningRate, alpha });
    return trainer.takeMeasured();
  };
  await step(0.01, 0.3);
  // The end of an epoch: the state is saved for a resume.
  const trained = await trainer.save();
  signs.addEpoch(trained);
  const saved = { directory: folder, options: 'some', lock: UNGUARDED };
  await saveState(saved, { state: trained, signs: signs.save(), position: START });
  // The end of a round: the checkpoint is written, and the next round begins with the pruned network.
  const file = path.join(folder, 'round.safetensors');
  const tensors = tensorsWithMasks(trained);
  await writeSafetensors(file, { tensors, metadata: { checksum: checksumOf(tensors) } });
  const pruned = pruneByMagnitude(trained, 0.2);
  trainer.load({ ...trained, masks: pruned.masks });
  await step(0.01, 0.3);
  // A ticket: the signed mask of the checkpoint on another initialization.
  const source = { ...(await readNetworkState(file)).state, masks: pruned.masks };
  trainer.load(transfer(source, initialize(architecture, 2), { variant: 'signed-mask', seed: 2, architecture }));
  const { loss } = await step(0.01, 0);
  const peak = process.resourceUsage().maxRSS * 1024;
  const { all } = countParameters(architecture).parameters;
  writeFileSync(1, JSON.stringify({ peak, loss, parameters: all }));
  process.exit(0);
}

const [name, stem, folder] = process.argv.slice(2);
void main(name as BackendChoice['name'], stem as 'imagenet', folder!);
