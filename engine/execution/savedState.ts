/** What a resume needs: the network, the optimizer, and where in the run they stood, in one file that is replaced as a whole. */
import { accessSync, constants } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { asReadError } from '../checkpoints/file';
import { findLayers } from '../checkpoints/layers';
import { binaryMask } from '../checkpoints/masks';
import { readMetadata, withCheckpoint } from '../checkpoints/open';
import { byName, type CheckpointReader } from '../checkpoints/reader';
import { OPTIMIZER, tensorsWithMasks } from '../checkpoints/state';
import { writeSafetensors } from '../checkpoints/write';
import { UserError } from '../errors';
import type { WriteGuard } from '../files';
import type { Measured } from '../vocabulary/runEvents';
import { count, measurement, object, optional, parseShape, recordOf, round } from '../shapes';
import type { HostTensor } from '../tensors';
import type { StoredState, TrainingState } from '../training/trainer';
import { paths } from '../runs/paths';

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

/** What a save writes: taken when its turn comes, as it is then. */
export interface StateToSave {
  state: TrainingState;
  position: Position;
}

export interface SavedRun {
  directory: string;
  /** The hash of what decides the run's bytes: no other run goes on from its state. */
  options: string;
  /** The lock of the run. */
  lock: WriteGuard;
}

/** Replaces the saved state of a run. */
export async function saveState(
  { directory, options, lock }: SavedRun,
  { state, position }: StateToSave,
): Promise<void> {
  const file = paths.state(directory);
  await mkdir(path.dirname(file), { recursive: true });
  const slots = [...state.optimizer.slots].map(([name, tensor]) => [OPTIMIZER + name, tensor] as const);
  const optimizerSteps = String(state.optimizer.steps);
  const tensors = new Map([...tensorsWithMasks(state), ...slots]);
  const checksums = JSON.stringify(Object.fromEntries([...tensors].map(([name, tensor]) => [name, checksum(tensor)])));
  const said = { options, position: JSON.stringify(position), optimizerSteps, checksums };
  await writeSafetensors(file, { tensors, metadata: { ...said, checksum: checksumOf(said) } }, lock);
}

/** CRC-32 of what a state says of itself, its tensors' checksums among that. */
function checksumOf({ options, position, optimizerSteps, checksums }: Readonly<Record<string, string>>): string {
  return String(crc32(JSON.stringify([options, position, optimizerSteps, checksums])));
}

/** CRC-32 of its bytes: what a disk or a copy has changed would be trained on without a word. */
function checksum({ data }: HostTensor): number {
  return crc32(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** Writes while training goes on. At most one thing is under way, so that there is never more than one copy of a network, and in order. */
export class Writer {
  private underWay: Promise<void> = Promise.resolve();
  private failure: { error: unknown } | undefined;

  constructor(private readonly run: SavedRun) {}

  /** Waits for what came before, takes the state, and returns when its writing has begun; throws what became of the one before. */
  async save(take: () => Promise<StateToSave>): Promise<void> {
    await this.settle();
    this.start(saveState(this.run, await take()));
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

/** Where the last saved state of a run stands, from the head of its file; undefined when none was saved yet. */
export function loadPosition(directory: string, options: string): Promise<Position | undefined> {
  return withSavedState(directory, options, () => Promise.resolve());
}

/** Gives the last saved state of a run to `use`, and says where in the run it stands; undefined when none was saved yet. */
export async function withSavedState(
  directory: string,
  options: string,
  use: (stored: StoredState) => Promise<void>,
): Promise<Position | undefined> {
  const file = paths.state(directory);
  if (!isReadable(file)) return undefined;
  const head = await ofUse(file, async () => headOf(await readMetadata(file)));
  if ((head.options ?? options) !== options)
    throw new UserError(
      `${file} is of a run of other options: ${paths.record(directory)} was changed, or the state is from elsewhere; put back what was there.`,
    );
  await ofUse(file, () => withCheckpoint(file, (reader) => use(storedState(reader, head))));
  return head.position;
}

async function ofUse<T>(file: string, reading: () => Promise<T>): Promise<T> {
  try {
    return await reading();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `The saved state of this run is of no use: ${error.message} Delete ${file} to go on from the end of the last round, or from the start where there is none.`,
      { cause: error },
    );
  }
}

/** False where it is not there; one that is there and may not be read is not lost. */
function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw asReadError(error, file);
  }
}

/** What a state says of itself. */
interface Head {
  options: string | undefined;
  position: Position;
  steps: number;
  /** By tensor; absent in states of version 0.1. */
  checksums: Record<string, number> | undefined;
}

const MEASURED = object<Measured>({ loss: measurement, accuracy: measurement });
const POSITION = object<Position>({
  round,
  epoch: count,
  step: count,
  sums: object<Position['sums']>({ loss: measurement, accuracy: measurement, examples: count }),
  measured: optional(object<NonNullable<Position['measured']>>({ train: MEASURED, test: MEASURED })),
  eventBytes: count,
});

function headOf(metadata: Readonly<Record<string, string>>): Head {
  const { position, options, optimizerSteps, checksums, checksum } = metadata;
  if (position === undefined) throw new UserError('it is a checkpoint, and does not say where a run stands.');
  const isChecked = checksum !== undefined || checksums !== undefined;
  if (isChecked && checksum !== checksumOf(metadata))
    throw new UserError('it is damaged: it says other than was saved.');
  return {
    options,
    position: parseShape(position, 'its position', POSITION),
    steps: parseShape(optimizerSteps ?? 'null', 'its number of optimizer steps', count),
    checksums: checksums === undefined ? undefined : parseShape(checksums, 'its checksums', recordOf(count)),
  };
}

function storedState(reader: CheckpointReader, { steps, checksums }: Head): StoredState {
  const [headers, layers] = [byName(reader.tensors), byName(findLayers(reader))];
  const read = async (name: string, into: HostTensor) => {
    const header = headers.get(name);
    if (!header) throw notOfRun(`there is no ${name}`);
    const [found, wanted] = [described(header), described({ dtype: DTYPES[into.dtype], shape: into.shape })];
    if (found !== wanted) throw notOfRun(`${name} is ${found}, not ${wanted}`);
    const { buffer, byteOffset, byteLength } = into.data;
    await reader.read(name, 0, new Uint8Array(buffer, byteOffset, byteLength));
    if (checksums && checksums[name] !== checksum(into))
      throw new UserError(`it is damaged: ${name} has other bytes than were saved.`);
  };
  return {
    steps,
    tensor: read,
    slot: (name, into) => read(OPTIMIZER + name, into),
    mask: async (name, into) => {
      const layer = layers.get(name);
      if (!layer?.mask) throw notOfRun(`there is no mask of ${name}`);
      await read(layer.mask.name, into);
      binaryMask(reader.file, layer, into.data);
    },
  };
}

const DTYPES = { F32: 'float32', I64: 'int64', U8: 'uint8' } as const;

function described({ dtype, shape }: { dtype: string; shape: readonly number[] }): string {
  return `${dtype} [${shape.join(', ')}]`;
}

function notOfRun(seen: string): UserError {
  return new UserError(`it is of another network: ${seen}.`);
}
