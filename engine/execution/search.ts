/** A search: T + 1 trainings with a prune between each two, every round's checkpoint taken before the prune (method.md §1.3). */
import { nextRound } from '../lottery/rounds';
import { checkpointOfRound } from '../runs/paths';
import { epochsOf } from '../runs/record';
import type { RunResult } from '../vocabulary/runEvents';
import { logTrained, readCheckpoint, type Trained } from './checkpoints';
import { type Phase, type Reached, trainPhase } from './phase';
import { checkKept, restore } from './restore';
import { keepRewindPoint, rewindPoint } from './rewindPoint';
import { type Position, START } from './savedState';
import type { Session } from './session';
import { warnOfConstantOutput, warnOfEmptyLayers } from './trainingWarnings';

/** Runs or continues a search to its end; at the start of a round, `of`, where there is no saved state but the checkpoint of the round before. */
export async function search(session: Session, of?: Position): Promise<RunResult> {
  const { record } = session;
  let position: Position = of ? await restoreRound(session, of) : await restore(session, session.initial);
  for (;;) {
    const reached = await trainPhase(session, phaseOf(session, position.round), position);
    position = reached.position;
    const { round, measured } = position;
    await warnOfConstantOutput(session, `The network of round ${round}`, measured!.test);
    const trained = await trainedRound(session, reached);
    if (position.round === record.rounds) {
      const { sparsity, checkpoint } = await logTrained(session, trained);
      return { kind: 'search', sparsity, checkpoint };
    }
    const { state } = nextRound(trained.state, record, await rewindPoint(session));
    warnOfEmptyLayers(session, state, round);
    // Written while the next round is trained; killed before, the run goes on from the end of this one, to the same bytes.
    await session.writer.begin(() => logTrained(session, trained));
    session.trainer.load(state); // a round begins with a new optimizer
    position = { ...START, round: position.round + 1 };
  }
}

function phaseOf(session: Session, round: number): Phase {
  const { record } = session;
  const phase = {
    round,
    epochs: epochsOf(record, round),
    learningRate: () => record.learningRate,
    interpolates: true,
  };
  return record.method === 'imp' && round === 0
    ? { ...phase, beforeStep: (done) => keepRewindPoint(session, done) }
    : phase;
}

async function trainedRound({ trainer }: Session, { position, reestimated }: Reached): Promise<Trained> {
  const { round } = position;
  const previous = round === 0 ? undefined : checkpointOfRound(round - 1);
  const state = await trainer.save();
  return { position, checkpoint: checkpointOfRound(round), round: String(round), state, previous, reestimated };
}

/** Loads what a round begins with into the trainer, from the checkpoint of the round before. */
async function restoreRound(session: Session, position: Position): Promise<Position> {
  await checkKept(session, position);
  const trained = await readCheckpoint(session, checkpointOfRound(position.round - 1));
  session.trainer.load(nextRound(trained, session.record, await rewindPoint(session)).state);
  session.begin();
  return position;
}
