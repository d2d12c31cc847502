/**
 * Executes a full training A(·): trains a network with the learning-rate schedule. The network comes from an initialization or from a
 * checkpoint.
 */
import { FINAL } from '../runs/paths';
import { learningRateAt } from '../training/schedule';
import type { RunResult } from '../vocabulary/runEvents';
import type { TrainSource } from '../vocabulary/runRecord';
import { logTrained } from './checkpoints';
import { trainPhase } from './phase';
import { restore } from './restore';
import type { Position } from './savedState';
import type { Session } from './session';
import { startOfTransfer, type TransferStart } from './transferStart';
import { warnOfConstantOutput } from './trainingWarnings';

/** Starts or resumes a full training and returns its result. */
export async function trainFully(session: Session, source: TrainSource): Promise<RunResult> {
  const { record, trainer } = session;
  const { schedule, learningRate, finalEpochs: epochs } = record;
  const from = await start(session, source);
  const { position, ...measured } = await trainPhase(
    session,
    {
      round: 0,
      epochs,
      learningRate: (epoch) => learningRateAt({ schedule, learningRate, epoch, epochs }),
      interpolates: false,
    },
    from,
  );
  await warnOfConstantOutput(session, 'The trained network', position.measured!.test);
  const state = await trainer.save();
  const trained = { position, checkpoint: FINAL, round: 'final', state, crossedZero: session.signs.counts() };
  const result = await logTrained(session, { ...trained, ...measured });
  const { sparsity, test, train } = result;
  return { kind: 'train', sparsity, test, train, checkpoint: FINAL };
}

/**
 * Resumes a training, or loads the network to start from. Only a new run reads its source checkpoints. A resumed run has everything in its
 * own directory.
 */
async function start(session: Session, source: TrainSource): Promise<Position> {
  if (source.from === 'initialization') return restore(session, session.initial);
  let transferred: TransferStart | undefined;
  const position = await restore(session, async () => {
    transferred = await startOfTransfer(session, source);
    return transferred.state;
  });
  if (transferred && transferred.layers.length > 0)
    session.log.append({ type: 'transferred', layers: transferred.layers });
  return position;
}
