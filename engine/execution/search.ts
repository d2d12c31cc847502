/** A search: T + 1 trainings with a prune between each two, every round's checkpoint taken before the prune (method.md §1.3). */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { readMetadata } from '../checkpoints/open';
import { checksumOf, readNetworkState, tensorsWithMasks } from '../checkpoints/state';
import { writeSafetensors } from '../checkpoints/write';
import { countBatches } from '../datasets/batches';
import { UserError } from '../errors';
import { countFlips } from '../inspection/flips';
import { nextRound } from '../lottery/rounds';
import type { RoundResult, RunResult, Sparsity } from '../protocol';
import type { NetworkState } from '../tensors';
import { hashOptions } from '../runs/options';
import { trainPhase, type Phase } from './phase';
import { checkpointOfRound, INITIALIZATION, paths, REWIND_POINT, rewindPointIn } from '../runs/paths';
import { countParameters, metadataOf, type Session } from './session';
import { epochsOf } from '../runs/snapshot';
import { START, withSavedState, type Position } from './savedState';

/** Runs or continues a search to its end; at the start of a round, `of`, where there is no saved state but the checkpoint of the round before. */
export async function search(session: Session, of?: Position): Promise<RunResult> {
  const { record } = session;
  let position: Position = of ? await restoreRound(session, of) : await restore(session, session.initial);
  for (;;) {
    position = await trainPhase(session, phaseOf(session, position.round), position);
    const trained = await trainedRound(session, position);
    if (position.round === record.rounds) {
      const { sparsity, checkpoint } = await logTrained(session, trained);
      return { kind: 'search', sparsity, checkpoint };
    }
    const { state } = nextRound(trained.state, record, await rewindPoint(session));
    // Written while the next round is trained; killed before, the run goes on from the end of this one, to the same bytes.
    await session.writer.begin(() => logTrained(session, trained));
    session.trainer.load(state); // a round begins with a new optimizer
    position = { ...START, round: position.round + 1 };
  }
}

/** Loads the saved state into the trainer, or the start where there is none (and keeps it as the run's initialization). */
export async function restore(
  session: Session,
  startOf: () => NetworkState | Promise<NetworkState>,
): Promise<Position> {
  const { directory, record, trainer } = session;
  const position = await withSavedState(directory, hashOptions(record), (stored) => trainer.loadStored(stored));
  if (position) {
    await checkKept(session, position);
    session.begin();
    return position;
  }
  const start = await startOf();
  trainer.load(start);
  await writeInitialization(session, start);
  session.begin();
  return { ...START, eventBytes: session.log.size };
}

/** Loads what a round begins with into the trainer, from the checkpoint of the round before. */
async function restoreRound(session: Session, position: Position): Promise<Position> {
  await checkKept(session, position);
  const trained = await readCheckpoint(session, checkpointOfRound(position.round - 1));
  session.trainer.load(nextRound(trained, session.record, await rewindPoint(session)).state);
  session.begin();
  return position;
}

function writeInitialization(session: Session, state: NetworkState): Promise<void> {
  return writeCheckpoint(session, { name: INITIALIZATION, round: 'init', state });
}

/** What later rounds are compared with, or begin from, is missed before they are trained. A search's initialization can be drawn again. */
async function checkKept(session: Session, { round, epoch, step }: Position): Promise<void> {
  const { directory, record, dataset, options, initial } = session;
  const initialization = paths.checkpoint(directory, INITIALIZATION);
  if (record.kind === 'search' && !existsSync(initialization)) await writeInitialization(session, initial());
  const files = [initialization];
  if (round > 0) files.push(paths.checkpoint(directory, checkpointOfRound(round - 1)));
  const done = epoch * countBatches(dataset, options) + step;
  const isPast = options.rewindStep > 0 && (round > 0 || done > options.rewindStep);
  if (record.kind === 'search' && record.method === 'imp' && isPast) files.push(rewindPointIn(directory));
  const remedy = 'this run cannot go on without it; put it back, or make a new run of these options (--dir)';
  for (const file of files) {
    if (!existsSync(file)) throw new UserError(`${file} is gone, and ${remedy}.`);
    if ((await readMetadata(file))['options'] !== hashOptions(record))
      throw new UserError(`${file} is of another run, and ${remedy}.`);
  }
}

function phaseOf(session: Session, round: number): Phase {
  const { record, options } = session;
  const phase = {
    round,
    epochs: epochsOf(record, round),
    learningRate: () => options.learningRate,
    interpolates: true,
  };
  return record.method === 'imp' && round === 0
    ? { ...phase, beforeStep: (done) => keepRewindPoint(session, done) }
    : phase;
}

async function keepRewindPoint(session: Session, stepsDone: number): Promise<void> {
  const { options, trainer, writer } = session;
  if (stepsDone !== options.rewindStep || stepsDone === 0) return;
  const state = await trainer.save();
  await writer.begin(() => writeCheckpoint(session, { name: REWIND_POINT, round: 'rewind', state }));
}

async function rewindPoint(session: Session): Promise<NetworkState | undefined> {
  const { record, initial, options } = session;
  if (record.method !== 'imp') return undefined;
  return options.rewindStep === 0 ? initial() : (await readNetworkState(rewindPointIn(session.directory))).state;
}

async function trainedRound({ trainer }: Session, position: Position): Promise<Trained> {
  const { round } = position;
  const previous = round === 0 ? undefined : checkpointOfRound(round - 1);
  const state = await trainer.save();
  return { position, checkpoint: checkpointOfRound(round), round: String(round), state, previous };
}

/** A network at the end of a round or of a full training. */
interface Trained {
  position: Position;
  /** Where it is kept. */
  checkpoint: string;
  round: string;
  state: NetworkState;
  /** The checkpoint of the round before. */
  previous?: string | undefined;
}

/** Writes the checkpoint, while it is compared with the initialization and the round before, and logs what it holds. */
export async function logTrained(session: Session, trained: Trained): Promise<RoundResult> {
  const { checkpoint: name, round, state } = trained;
  const both = [writeCheckpoint(session, { name, round, state }), describe(session, trained)] as const;
  await Promise.allSettled(both); // nothing is being written any more, whatever fails
  const [, result] = await Promise.all(both);
  session.log.append({ type: 'round', ...result });
  return result;
}

/** Sparsity, accuracy, and each layer's kept weights and flips at the end of a round. */
async function describe(session: Session, { position, checkpoint, state, previous }: Trained): Promise<RoundResult> {
  const initial = await readCheckpoint(session, INITIALIZATION);
  const before = previous === undefined ? undefined : await readCheckpoint(session, previous);
  const layers = countFlips({ state, initial, ...(before && { previous: before }) });
  const kept = layers.reduce((sum, layer) => sum + layer.kept, 0);
  return { round: position.round, sparsity: sparsityOf(session, kept), ...position.measured!, checkpoint, layers };
}

function sparsityOf({ architecture }: Session, kept: number): Sparsity {
  const { prunable, all } = countParameters(architecture).parameters;
  const pruned = prunable - kept;
  return { prunable: pruned / prunable, all: pruned / all };
}

async function writeCheckpoint(
  session: Session,
  { name, round, state }: { name: string; round: string; state: NetworkState },
): Promise<void> {
  const file = paths.checkpoint(session.directory, name);
  await mkdir(path.dirname(file), { recursive: true });
  const tensors = tensorsWithMasks(state);
  await writeSafetensors(file, { tensors, metadata: { ...metadataOf(session, round), checksum: checksumOf(tensors) } });
}

async function readCheckpoint({ directory }: Session, name: string): Promise<NetworkState> {
  return (await readNetworkState(paths.checkpoint(directory, name))).state;
}
