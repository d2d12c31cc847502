/** A(·): a network trained to the end with the schedule, from nothing or from what a checkpoint hands over. */
import { readNetworkState } from '../checkpoints/state';
import { sha256Of } from '../checkpoints/write';
import { UserError } from '../errors';
import { transfer } from '../lottery/transfer';
import { checkFit } from '../models/fit';
import type { FileAsOf, RunResult, TrainSource } from '../protocol';
import type { NetworkState } from '../tensors';
import { learningRateAt } from '../training/schedule';
import { FINAL, paths } from '../runs/paths';
import { trainPhase } from './phase';
import { logTrained, restore } from './search';
import type { Session } from './session';

/** Runs or continues a full training to its end. */
export async function trainFully(session: Session, source: TrainSource): Promise<RunResult> {
  const { options, trainer } = session;
  const { schedule, learningRate, finalEpochs: epochs } = options;
  const from = await restore(session, () => startOf(session, source));
  const position = await trainPhase(
    session,
    {
      round: 0,
      epochs,
      learningRate: (epoch) => learningRateAt({ schedule, learningRate, epoch, epochs }),
      interpolates: false,
    },
    from,
  );
  const state = await trainer.save();
  const result = await logTrained(session, { position, checkpoint: FINAL, round: 'final', state });
  const { sparsity, test, train } = result;
  return { kind: 'train', sparsity, test, train, checkpoint: FINAL };
}

/** The source is looked at once: a run that has begun has all it needs in its own directory. */
async function startOf(session: Session, source: TrainSource): Promise<NetworkState> {
  const { initial, architecture, options } = session;
  if (source.from === 'initialization') return initial();
  const { variant, rewind } = source;
  const from = await readAsOf(source, session);
  const rewindPoint = rewind && (await readAsOf(rewind, session));
  return transfer(from, initial(), { variant, architecture, seed: options.seed, rewindPoint });
}

/** A checkpoint that is not what it was when the run was asked for would give a result under a wrong name. */
export async function readAsOf(
  { checkpoint, sha256 }: FileAsOf,
  { directory, architecture }: Pick<Session, 'directory' | 'architecture'>,
): Promise<NetworkState> {
  if ((await sha256Of(checkpoint)) !== sha256)
    throw new UserError(
      `${paths.record(directory)}: the checkpoint ${checkpoint} has changed since this run was made; make a new run.`,
    );
  const { state } = await readNetworkState(checkpoint);
  checkFit(checkpoint, state.tensors, architecture);
  checkFinite(checkpoint, state);
  return state;
}

/** A network that diverged, or was damaged: what is not finite makes all else so, pruned weights too. */
function checkFinite(checkpoint: string, { tensors }: NetworkState): void {
  for (const [name, { dtype, data }] of tensors) {
    if (dtype !== 'F32') continue;
    for (const value of data) if (!Number.isFinite(value)) throw notFinite(checkpoint, name);
  }
}

export function notFinite(checkpoint: string, tensor: string): UserError {
  return new UserError(
    `${checkpoint} holds values that are not finite in ${tensor}; it can be neither trained nor interpolated.`,
  );
}
