/** What a resume needs: the network, the optimizer, and where in the run they stood, in one file that is replaced as a whole. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { readNetworkState, tensorsWithMasks } from '../checkpoints/state';
import { writeSafetensors } from '../checkpoints/write';
import type { Measured } from '../protocol';
import type { StateDict } from '../tensors';
import type { TrainingState } from '../training/trainer';
import { paths } from './paths';

/** `step` steps of epoch `epoch` of round `round` are done; the epoch's mean so far, and the end of the event log at that moment. */
export interface Position {
  round: number;
  epoch: number;
  step: number;
  /** Sums over the examples of the epoch so far. */
  sums: { loss: number; accuracy: number; examples: number };
  /** Of the last finished epoch of this round. */
  measured?: { train: Measured; test: Measured };
  eventBytes: number;
}

export const START: Position = {
  round: 0,
  epoch: 0,
  step: 0,
  sums: { loss: 0, accuracy: 0, examples: 0 },
  eventBytes: 0,
};

/** Before the names of the optimizer's tensors. */
const SLOT = 'optimizer/';

export async function saveState(directory: string, state: TrainingState, position: Position): Promise<void> {
  const file = paths.state(directory);
  await mkdir(path.dirname(file), { recursive: true });
  const slots = [...state.optimizer.slots].map(([name, tensor]) => [SLOT + name, tensor] as const);
  const metadata = { position: JSON.stringify(position), optimizerSteps: String(state.optimizer.steps) };
  await writeSafetensors(file, { tensors: new Map([...tensorsWithMasks(state), ...slots]), metadata });
}

/** The last saved state of a run, or undefined when none was saved yet. */
export async function loadState(directory: string): Promise<{ state: TrainingState; position: Position } | undefined> {
  const file = paths.state(directory);
  if (!existsSync(file)) return undefined;
  const { state, metadata } = await readNetworkState(file);
  const all = [...state.tensors];
  const tensors: StateDict = new Map(all.filter(([name]) => !name.startsWith(SLOT)));
  const slots = all.filter(([name]) => name.startsWith(SLOT));
  const optimizer = {
    steps: Number(metadata['optimizerSteps']),
    slots: new Map(slots.map(([name, tensor]) => [name.slice(SLOT.length), tensor])),
  };
  return {
    state: { tensors, masks: state.masks, optimizer },
    position: JSON.parse(metadata['position']!) as Position,
  };
}
