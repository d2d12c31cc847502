/** Saves and reads the rewind point of IMP: the network to which the kept weights are rewound (Frankle et al. 2020). */
import { readNetworkState } from '../checkpoints/state';
import { INITIALIZATION, REWIND_POINT, rewindPointIn } from '../runs/paths';
import type { NetworkState } from '../tensors';
import { readCheckpoint, writeCheckpoint } from './checkpoints';
import type { Session } from './session';

/**
 * Writes the rewind point when exactly `rewindStep` steps are done. A rewind step of 0 needs no file, because the rewind point is then
 * the initialization.
 */
export async function keepRewindPoint(session: Session, stepsDone: number): Promise<void> {
  const { record, trainer, writer } = session;
  if (stepsDone !== record.rewindStep || stepsDone === 0) return;
  const state = await trainer.save();
  await writer.begin(() => writeCheckpoint(session, { name: REWIND_POINT, round: 'rewind', state }));
}

export async function rewindPoint(session: Session): Promise<NetworkState | undefined> {
  const { record, initial } = session;
  if (record.method !== 'imp') return undefined;
  if (record.kind === 'search' && record.start?.initialization) return readCheckpoint(session, INITIALIZATION);
  return record.rewindStep === 0 ? initial() : (await readNetworkState(rewindPointIn(session.directory))).state;
}
