/** A search: T + 1 trainings with a prune between each two, every round's checkpoint taken before the prune (method.md §1.3). */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { readNetworkState, tensorsWithMasks } from '../checkpoints/state';
import { writeSafetensors } from '../checkpoints/write';
import { UserError } from '../errors';
import { countFlips } from '../inspection/flips';
import { nextRound } from '../lottery/rounds';
import type { RoundResult, RunResult, Sparsity } from '../protocol';
import type { NetworkState } from '../tensors';
import { trainPhase, type Phase } from './phase';
import { checkpointOfRound, INITIALIZATION, paths } from './paths';
import { countParameters, metadataOf, type Session } from './session';
import { epochsOf } from './snapshot';
import { loadState, START, type Position } from './state';

/** Runs or continues a search to its end. */
export async function search(session: Session): Promise<RunResult> {
  const { record } = session;
  checkRewindStep(session);
  let position: Position = await restore(session, session.initial);
  for (;;) {
    position = await trainPhase(session, phaseOf(session, position.round), position);
    const { state, result } = await finishRound(session, position);
    if (position.round === record.rounds)
      return { kind: 'search', sparsity: result.sparsity, checkpoint: result.checkpoint };
    position = startRound(session, nextRound(state, record, await rewindPoint(session)).state, position.round + 1);
    await session.states.save(() => session.trainer.save(), position);
  }
}

/** Loads the saved state into the trainer, or the start where there is none (and keeps it as the run's initialization). */
export async function restore(
  session: Session,
  startOf: () => NetworkState | Promise<NetworkState>,
): Promise<Position> {
  const { directory, trainer } = session;
  const saved = await loadState(directory);
  if (saved) {
    trainer.load(saved.state);
    return saved.position;
  }
  const start = await startOf();
  trainer.load(start);
  await writeCheckpoint(session, { name: INITIALIZATION, round: 'init', state: start });
  return { ...START, eventBytes: session.log.size };
}

/** A round begins with a new optimizer. */
function startRound({ trainer, log }: Session, state: NetworkState, round: number): Position {
  trainer.load(state);
  return { ...START, round, eventBytes: log.size };
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
  const { directory, options, trainer } = session;
  if (stepsDone !== options.rewindStep || stepsDone === 0) return;
  await mkdir(path.dirname(paths.rewindPoint(directory)), { recursive: true });
  const tensors = tensorsWithMasks(await trainer.save());
  await writeSafetensors(paths.rewindPoint(directory), { tensors, metadata: metadataOf(session, 'rewind') });
}

/** Known before anything is trained. */
function checkRewindStep({ record, directory, dataset, options }: Session): void {
  const { rewindStep, warmupEpochs, batchSize } = options;
  const steps = warmupEpochs * Math.ceil(dataset.train.count / batchSize);
  if (record.method === 'imp' && rewindStep >= steps)
    throw new UserError(
      `${paths.record(directory)}: field "rewindStep" is ${rewindStep}, but round 0 has ${steps} steps; lower it or raise warmupEpochs.`,
    );
}

async function rewindPoint({ directory, record, initial, options }: Session): Promise<NetworkState | undefined> {
  if (record.method !== 'imp') return undefined;
  if (options.rewindStep === 0) return initial();
  return (await readNetworkState(paths.rewindPoint(directory))).state;
}

/** Writes the checkpoint of a trained round and logs what it holds, beside the initialization and the round before. */
async function finishRound(
  session: Session,
  position: Position,
): Promise<{ state: NetworkState; result: RoundResult }> {
  const { round } = position;
  const name = checkpointOfRound(round);
  const state = await session.trainer.save();
  await writeCheckpoint(session, { name, round: String(round), state });
  const previous = round === 0 ? undefined : await readCheckpoint(session, checkpointOfRound(round - 1));
  const result = await describeRound(session, { position, checkpoint: name, state, previous });
  session.log.append({ type: 'round', ...result });
  return { state, result };
}

/** Sparsity, accuracy, and each layer's kept weights and flips at the end of a round. */
export async function describeRound(
  session: Session,
  round: { position: Position; checkpoint: string; state: NetworkState; previous?: NetworkState | undefined },
): Promise<RoundResult> {
  const { position, checkpoint, state, previous } = round;
  const initial = await readCheckpoint(session, INITIALIZATION);
  const layers = countFlips({ state, initial, ...(previous && { previous }) });
  const kept = layers.reduce((sum, layer) => sum + layer.kept, 0);
  return { round: position.round, sparsity: sparsityOf(session, kept), ...position.measured!, checkpoint, layers };
}

function sparsityOf({ architecture }: Session, kept: number): Sparsity {
  const { prunable, all } = countParameters(architecture).parameters;
  const pruned = prunable - kept;
  return { prunable: pruned / prunable, all: pruned / all };
}

export async function writeCheckpoint(
  session: Session,
  { name, round, state }: { name: string; round: string; state: NetworkState },
): Promise<void> {
  const file = paths.checkpoint(session.directory, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeSafetensors(file, { tensors: tensorsWithMasks(state), metadata: metadataOf(session, round) });
}

async function readCheckpoint({ directory }: Session, name: string): Promise<NetworkState> {
  return (await readNetworkState(paths.checkpoint(directory, name))).state;
}
