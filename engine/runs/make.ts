/** Making runs: from run files, from checkpoints, from pairs of checkpoints. Each makes a directory with its `run.json`; nothing is started. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { findLayers } from '../checkpoints/layers';
import { openCheckpoint, withCheckpoint } from '../checkpoints/open';
import { sha256Of } from '../checkpoints/write';
import { UserError } from '../errors';
import type { Architecture } from '../models/network';
import type { ConnectivityEnds, RunOptions, RunRecord, TransferVariant } from '../protocol';
import { checkOptions, readRunFile } from './options';
import { directoryOf, paths } from './paths';
import { createRun, directoryFor, optionsOf, readRecord, recordOf } from './record';

/** Where a new run goes: into a directory of its own below `folder`, or into `directory` itself. */
export type Place = { folder: string } | { directory: string };

/** Options that replace those of the run file or of the source run; `augmentation.crop` is one within another. Checked like any others. */
export type Overrides = Partial<Record<keyof RunOptions | `${keyof RunOptions}.${string}`, unknown>>;

function override(options: RunOptions, overrides: Overrides = {}): unknown {
  const one = (whole: unknown, [name, value]: [string, unknown]) => within(whole, { to: name.split('.') }, value);
  return Object.entries(overrides).reduce(one, options);
}

/** `whole`, which stands at `from`, with what stands further at `to` replaced. */
function within(whole: unknown, { from = [], to }: { from?: string[]; to: string[] }, value: unknown): unknown {
  const [next, ...rest] = to;
  if (next === undefined) return value;
  if (whole !== undefined && !isObject(whole))
    throw new UserError(
      `field "${[...from, ...to].join('.')}" cannot be set: ${from.join('.')} is ${JSON.stringify(whole)}, which has no fields; give ${from.join('.')} whole, as JSON.`,
    );
  const part = whole && Object.hasOwn(whole, next) ? whole[next] : undefined;
  return { ...whole, [next]: within(part, { from: [...from, next], to: rest }, value) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A further look at a run before it is made, and only then: one that is there already knows what it began with. Its UserError gets the name of the file the options are from. */
export type Check = (record: RunRecord) => Promise<void>;

export interface RunRequest {
  overrides?: Overrides;
  check?: Check;
}

export async function makeRun(place: Place, file: string, { overrides, check }: RunRequest = {}): Promise<string> {
  const { name, options } = await readRunFile(file);
  return make(place, recordOf(name, checkOptions(override(options, overrides), file)), { file, check });
}

/** A run of options that have been checked. */
export function makeFromOptions(place: Place, name: string, options: RunOptions): Promise<string> {
  return make(place, recordOf(name, options));
}

export interface TransferRequest {
  checkpoint: string;
  variant: TransferVariant;
  seed: number;
  overrides?: Overrides;
  /** A run file with model, dataset and final training, for a checkpoint that lies in no run directory. */
  optionsFile?: string;
  check?: Check;
}

/** A full training from what a checkpoint hands over, with the options of the run it comes from. */
export async function makeTransfer(place: Place, request: TransferRequest): Promise<string> {
  const checkpoint = path.resolve(request.checkpoint);
  const { variant, seed } = request;
  const label = await labelOf(checkpoint);
  const origin = await originOf(checkpoint, request.optionsFile);
  const options = checkOptions(override({ ...origin.options, seed }, request.overrides), origin.file);
  const source = { from: 'checkpoint' as const, checkpoint, sha256: await sha256Of(checkpoint), variant };
  const name = `${label}-${variant}-seed${options.seed}`;
  const record: RunRecord = { version: 1, name, ...options, kind: 'train', source };
  return make(place, record, { file: origin.file, check: request.check });
}

export interface ConnectivityRequest {
  a: string;
  b: string;
  /** Values of α, ends included; at least 2. */
  points: number;
  optionsFile?: string;
  check?: Check;
}

/** A measurement of the networks between two checkpoints, on the data of the run A comes from. */
export async function makeConnectivity(place: Place, request: ConnectivityRequest): Promise<string> {
  const { points } = request;
  if (!Number.isInteger(points) || points < 2 || points > 1001)
    throw new UserError(`field "points" is ${points}; it must be a whole number from 2 to 1001.`);
  await checkHeaders(request.a, request.b);
  const [a, b] = [await endOf(request.a), await endOf(request.b)];
  const { options, file } = await originOf(a.checkpoint, request.optionsFile);
  const name = `${await labelOf(a.checkpoint)}-to-${await labelOf(b.checkpoint)}`;
  const ends: ConnectivityEnds = { a, b, points };
  const record: RunRecord = { version: 1, name, ...checkOptions(options, file), kind: 'connectivity', ...ends };
  return make(place, record, { file, check: request.check });
}

/**
 * Refuses what the two headers show to be of two architectures: a masked layer that the other lacks, or one tensor in two shapes.
 * What a file holds beside its network is nobody's business here; the run looks at every tensor of the architecture.
 */
async function checkHeaders(a: string, b: string): Promise<void> {
  const [inA, inB] = [await headerOf(a), await headerOf(b)];
  const shared = [...inA.shapes.keys()].filter((name) => inB.shapes.has(name));
  for (const name of new Set([...inA.masked, ...inB.masked, ...shared])) {
    const [shapeA, shapeB] = [inA, inB].map(({ shapes }) => shapes.get(name)?.join(' × ') ?? 'missing');
    if (shapeA !== shapeB)
      throw new UserError(
        `${a} and ${b} cannot be interpolated: tensor ${name} is ${shapeA} in the first and ${shapeB} in the second; name checkpoints of one architecture.`,
      );
  }
}

/** Refuses a checkpoint whose header shows that it is of another architecture. */
export async function checkFits(checkpoint: string, { entries }: Architecture): Promise<void> {
  const { shapes } = await headerOf(checkpoint);
  for (const { name, shape } of entries) {
    const found = shapes.get(name);
    if (found?.join() !== shape.join())
      throw new UserError(
        `${checkpoint} does not fit this run: tensor ${name} is ${found?.join(' × ') ?? 'missing'} in it, and must be ${shape.join(' × ') || 'a scalar'}; give the run the model of the checkpoint.`,
      );
  }
}

/** Shapes by name, `X.weight_orig` as `X.weight`, without masks; and the weights that have one. */
function headerOf(checkpoint: string): Promise<{ shapes: Map<string, readonly number[]>; masked: string[] }> {
  return withCheckpoint(checkpoint, (reader) => {
    const layers = findLayers(reader);
    const nameOf = new Map(layers.map(({ name, weight }) => [weight.name, `${name}.weight`]));
    const masks = new Set(layers.map(({ mask }) => mask?.name));
    const tensors = reader.tensors.filter(({ name }) => !masks.has(name));
    const shapes = new Map(tensors.map(({ name, shape }) => [nameOf.get(name) ?? name, shape]));
    const masked = layers.filter(({ mask }) => mask).map(({ name }) => `${name}.weight`);
    return Promise.resolve({ shapes, masked });
  });
}

async function endOf(file: string): Promise<ConnectivityEnds['a']> {
  const checkpoint = path.resolve(file);
  return { checkpoint, sha256: await sha256Of(checkpoint) };
}

/** `aws-r03` for round 3 of the run `aws`; a foreign file goes by its own name. */
async function labelOf(checkpoint: string): Promise<string> {
  const reader = await openCheckpoint(checkpoint);
  const { run, round } = reader.metadata;
  await reader.close();
  if (run === undefined || round === undefined) return path.basename(checkpoint, path.extname(checkpoint));
  return /^\d+$/.test(round) ? `${run}-r${round.padStart(2, '0')}` : round === 'final' ? run : `${run}-${round}`;
}

async function originOf(checkpoint: string, optionsFile?: string): Promise<{ options: RunOptions; file: string }> {
  if (optionsFile) return { options: (await readRunFile(optionsFile)).options, file: optionsFile };
  const directory = directoryOf(checkpoint);
  if (!existsSync(paths.record(directory)))
    throw new UserError(
      `${checkpoint}: lies in no run directory, so its model and dataset are unknown; name a run file that says them (--options FILE).`,
    );
  return { options: optionsOf(await readRecord(directory)), file: paths.record(directory) };
}

interface Origin {
  /** Where the options are from. */
  file: string;
  check: Check | undefined;
}

async function make(place: Place, record: RunRecord, origin?: Origin): Promise<string> {
  const directory = 'directory' in place ? path.resolve(place.directory) : await directoryFor(place.folder, record);
  if (!existsSync(paths.record(directory)))
    await origin?.check?.(record).catch((error: unknown) => {
      throw error instanceof UserError ? new UserError(`${origin.file}: ${error.message}`, { cause: error }) : error;
    });
  await createRun(directory, record);
  return directory;
}
