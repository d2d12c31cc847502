/**
 * Executes a full training A(·): trains a network with the learning-rate schedule. The network comes from an initialization or from a
 * checkpoint.
 */
import { newClassifierOf } from '../lottery/needs';
import { transfer } from '../lottery/transfer';
import { FINAL } from '../runs/paths';
import { fitOptionsOf, fitOptionsOfOrigin } from '../runs/sourceWarnings';
import type { NetworkState } from '../tensors';
import { learningRateAt } from '../training/schedule';
import type { RunResult } from '../vocabulary/runEvents';
import type { TrainSource } from '../vocabulary/runRecord';
import { logTrained } from './checkpoints';
import { trainPhase } from './phase';
import { restore } from './restore';
import type { Session } from './session';
import { fitSource, readSource, readUnfitted } from './source';
import { warnOfConstantOutput } from './trainingWarnings';

/** Starts or resumes a full training and returns its result. */
export async function trainFully(session: Session, source: TrainSource): Promise<RunResult> {
  const { record, trainer } = session;
  const { schedule, learningRate, finalEpochs: epochs } = record;
  const from = await restore(session, () => startOf(session, source));
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

/** Returns the network to start from. Only a new run reads its source checkpoint. A resumed run has everything in its own directory. */
async function startOf(session: Session, source: TrainSource): Promise<NetworkState> {
  const { record, initial, architecture } = session;
  if (source.from === 'initialization') return initial();
  const { rewind, initialization } = source;
  const unfitted = await readUnfitted(source, session);
  const newClassifier = newClassifierOf(source, unfitted.tensors, architecture);
  const fit = fitOptionsOf(record, newClassifier);
  const from = fitSource(source, unfitted, { ...fit, architecture });
  const rewindPoint = rewind && (await readSource(rewind, session, fit));
  const origin =
    initialization && (await readSource(initialization, session, fitOptionsOfOrigin(record, newClassifier)));
  const { variant, magnitudeSeed, rescale } = source;
  const choices = { variant, magnitudeSeed, rescale, newClassifier };
  return transfer(from, initial(), { ...choices, architecture, seed: record.seed, rewindPoint, origin });
}
