/** Executes a search: trains rounds 0 … T and prunes between them. The checkpoint of a round is written before pruning. */
import { nextRound } from '../lottery/rounds';
import { prunableMasks } from '../lottery/transfer';
import { checkpointOfRound } from '../runs/paths';
import { epochsOf } from '../runs/record';
import type { NetworkState } from '../tensors';
import { learningRateAt } from '../training/schedule';
import { roundsOf } from '../vocabulary/rounds';
import type { RunResult } from '../vocabulary/runEvents';
import type { FileAsOf, SearchStart } from '../vocabulary/runRecord';
import { logTrained, readCheckpoint, writeCheckpoint, type Trained } from './checkpoints';
import { type Phase, type Reached, trainPhase } from './phase';
import { checkKept, restore, restoreSaved, startRound, writeInitialization } from './restore';
import { keepRewindPoint, rewindPoint } from './rewindPoint';
import { type Position, START } from './savedState';
import type { Session } from './session';
import { readSource } from './source';
import { warnOfConstantOutput, warnOfEmptyLayers } from './trainingWarnings';

/**
 * Starts or resumes a search and returns its result. `roundStart` is given if the saved state is lost and only the checkpoint of the
 * previous round is left.
 */
export async function search(
  session: Session,
  { roundStart, start }: { roundStart?: Position | undefined; start?: SearchStart | undefined },
): Promise<RunResult> {
  const { record } = session;
  let position: Position = roundStart
    ? await restoreRound(session, roundStart)
    : start
      ? await continueSearch(session, start)
      : await restore(session, session.initial);
  for (;;) {
    const reached = await trainPhase(session, phaseOf(session, position.round), position);
    position = reached.position;
    const { round, measured } = position;
    await warnOfConstantOutput(session, `The network of round ${round}`, measured!.test);
    const trained = await trainedRound(session, reached);
    if (position.round === roundsOf(record)) {
      const { sparsity, checkpoint } = await logTrained(session, trained);
      return { kind: 'search', sparsity, checkpoint };
    }
    const state = await prunedAfter(session, trained.state, round);
    warnOfEmptyLayers(session, state, round);
    // The checkpoint is written while the next round is trained. If the process is killed before the checkpoint is complete, the run
    // resumes from the end of this round.
    await session.writer.begin(() => logTrained(session, trained));
    startRound(session, state);
    position = { ...START, round: position.round + 1 };
  }
}

/** Returns the network that the round after `round` starts from. The order of the masks matters for scopes and random masks. */
async function prunedAfter(session: Session, trained: NetworkState, round: number): Promise<NetworkState> {
  const state = { ...trained, masks: prunableMasks(trained, session) };
  return nextRound(state, { options: session.record, round }, await rewindPoint(session)).state;
}

function phaseOf(session: Session, round: number): Phase {
  const { record } = session;
  const epochs = epochsOf(record, round);
  const { learningRate, roundSchedule: schedule } = record;
  const phase = {
    round,
    epochs,
    learningRate: (epoch: number) => learningRateAt({ schedule, learningRate, epoch, epochs }),
    interpolates: true,
  };
  return record.method === 'imp' && round === 0
    ? { ...phase, beforeStep: (done) => keepRewindPoint(session, done) }
    : phase;
}

async function trainedRound({ trainer, signs }: Session, { position, ...measured }: Reached): Promise<Trained> {
  const { round } = position;
  const previous = round === 0 ? undefined : checkpointOfRound(round - 1);
  const state = await trainer.save();
  const checkpoint = checkpointOfRound(round);
  return { position, checkpoint, round: String(round), state, previous, crossedZero: signs.counts(), ...measured };
}

/**
 * Loads the saved state. If there is none, copies the checkpoint that the search continues from as the checkpoint of its round, and starts
 * the next round. The copy is needed to resume, even if the source is changed later.
 */
async function continueSearch(session: Session, start: SearchStart): Promise<Position> {
  const saved = await restoreSaved(session);
  if (saved) return saved;
  const { round, initialization } = start;
  const state = await readStart(start, session);
  const initial = initialization && (await readStart(initialization, session));
  await writeCheckpoint(session, { name: checkpointOfRound(round), round: String(round), state });
  if (initial) await writeInitialization(session, initial);
  startRound(session, await prunedAfter(session, state, round));
  session.begin();
  return { ...START, round: round + 1, eventBytes: session.log.size };
}

/** Reads a network with masks for exactly the layers that this search prunes. A file of another tool may have others. */
async function readStart(source: FileAsOf, session: Session): Promise<NetworkState> {
  const state = await readSource(source, session);
  return { ...state, masks: prunableMasks(state, session) };
}

/** Loads the checkpoint of the previous round, prunes and rewinds it, and puts the result into the trainer. */
async function restoreRound(session: Session, position: Position): Promise<Position> {
  await checkKept(session, position);
  const trained = await readCheckpoint(session, checkpointOfRound(position.round - 1));
  startRound(session, await prunedAfter(session, trained, position.round - 1));
  session.begin();
  return position;
}
