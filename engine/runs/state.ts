/** What a resume needs: the network, the optimizer, and where in the run they stood, in one file that is replaced as a whole. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { findLayers } from '../checkpoints/layers';
import { readMask } from '../checkpoints/masks';
import { withCheckpoint } from '../checkpoints/open';
import { byName, type CheckpointReader } from '../checkpoints/reader';
import { tensorsWithMasks } from '../checkpoints/state';
import { UserError } from '../errors';
import { writeSafetensors } from '../checkpoints/write';
import type { Measured } from '../protocol';
import { sizeOf, type HostTensor } from '../tensors';
import type { StoredState, TrainingState } from '../training/trainer';
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

/** What a save writes: taken when its turn comes, as it is then. */
export interface Snapped {
  state: TrainingState;
  position: Position;
}

/** Writes while training goes on. At most one thing is under way, so that there is never more than one copy of a network, and in order. */
export class Writer {
  private underWay: Promise<void> = Promise.resolve();
  private failure: { error: unknown } | undefined;

  constructor(private readonly directory: string) {}

  /** Waits for what came before, takes the state, and returns when its writing has begun; throws what became of the one before. */
  async save(take: () => Promise<Snapped>): Promise<void> {
    await this.settle();
    const { state, position } = await take();
    this.start(saveState(this.directory, state, position));
  }

  /** Waits for what came before, and returns when the work has begun; throws what became of the one before. */
  async begin(work: () => Promise<unknown>): Promise<void> {
    await this.settle();
    this.start(work());
  }

  /** Throws if something could not be written: there is no use in training on. */
  check(): void {
    if (this.failure) throw this.failure.error;
  }

  /** Settles when all is on the disk; throws what kept it from there. */
  async settle(): Promise<void> {
    await this.underWay;
    this.check();
  }

  /** Settles when nothing is being written any more, whatever became of it. */
  async idle(): Promise<void> {
    await this.underWay;
  }

  private start(work: Promise<unknown>): void {
    this.underWay = work.then(
      () => undefined,
      (error: unknown) => {
        this.failure = { error };
      },
    );
  }
}

/** Where the last saved state of a run stands, from the head of its file. */
export async function loadPosition(directory: string): Promise<Position | undefined> {
  const file = paths.state(directory);
  if (!existsSync(file)) return undefined;
  return withCheckpoint(file, ({ metadata }) => Promise.resolve(positionOf(metadata)));
}

function positionOf(metadata: Readonly<Record<string, string>>): Position {
  return JSON.parse(metadata['position']!) as Position;
}

/** Gives the last saved state of a run to `use`, and says where in the run it stands; undefined when none was saved yet. */
export async function withSavedState(
  directory: string,
  use: (stored: StoredState) => Promise<void>,
): Promise<Position | undefined> {
  const file = paths.state(directory);
  if (!existsSync(file)) return undefined;
  return withCheckpoint(file, async (reader) => {
    await use(storedState(reader));
    return positionOf(reader.metadata);
  });
}

function storedState(reader: CheckpointReader): StoredState {
  const [headers, layers] = [byName(reader.tensors), byName(findLayers(reader))];
  const read = async (name: string, into: HostTensor['data']) => {
    const shape = headers.get(name)?.shape;
    if (!shape) throw notOfRun(reader.file, `there is no ${name}`);
    if (sizeOf(shape) !== into.length) throw notOfRun(reader.file, `${name} has the shape [${shape.join(', ')}]`);
    const { buffer, byteOffset, byteLength } = into;
    await reader.read(name, 0, new Uint8Array(buffer, byteOffset, byteLength));
  };
  return {
    steps: Number(reader.metadata['optimizerSteps']),
    tensor: read,
    slot: (name, into) => read(SLOT + name, into),
    mask: async (name, into) => {
      const layer = layers.get(name);
      if (!layer) throw notOfRun(reader.file, `there is no mask of ${name}`);
      await readMask(reader, layer, into);
    },
  };
}

function notOfRun(file: string, seen: string): UserError {
  return new UserError(`${file} is not a state of this run’s network: ${seen}; make a new run.`);
}
