/** Reads the checkpoints that a run starts from or measures. */
import { readNetworkState } from '../checkpoints/state';
import { sha256Of } from '../checkpoints/write';
import { UserError } from '../errors';
import { checkFinite, checkFit } from '../models/fit';
import { paths } from '../runs/paths';
import type { NetworkState } from '../tensors';
import type { FileAsOf } from '../vocabulary/runRecord';
import type { Session } from './session';

/** Reads a source checkpoint. Throws UserError if the file has changed since the run was made, or if it does not fit the network. */
export async function readSource(
  { checkpoint, sha256 }: FileAsOf,
  { directory, architecture }: Pick<Session, 'directory' | 'architecture'>,
): Promise<NetworkState> {
  if ((await sha256Of(checkpoint)) !== sha256)
    throw new UserError(
      `${paths.record(directory)}: the checkpoint ${checkpoint} has changed since this run was made. Restore the old file, or make a new run.`,
    );
  const { state } = await readNetworkState(checkpoint);
  checkFit(checkpoint, state.tensors, architecture);
  checkFinite(checkpoint, state);
  return state;
}
