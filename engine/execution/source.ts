/** Reads the checkpoints that a run starts from or measures. */
import { readNetworkState } from '../checkpoints/state';
import { sha256Of } from '../checkpoints/write';
import { UserError } from '../errors';
import { checkFinite, checkFit, fitted, type FitOptions } from '../models/fit';
import { paths } from '../runs/paths';
import type { NetworkState } from '../tensors';
import type { FileAsOf, HashedFile } from '../vocabulary/runRecord';
import type { Session } from './session';

/**
 * Reads a source checkpoint under the names of the network. Throws UserError if the file or its mask file has changed since the run was
 * made, or if it does not fit the network.
 */
export async function readSource(
  source: FileAsOf,
  { directory, architecture }: Pick<Session, 'directory' | 'architecture'>,
  fit: FitOptions = {},
): Promise<NetworkState> {
  const { checkpoint, layers, state: dict, mask } = source;
  await checkUnchanged(directory, 'checkpoint', source);
  if (mask) await checkUnchanged(directory, 'mask file', mask);
  const choice = {
    file: checkpoint,
    ...(layers !== undefined && { layers }),
    ...(dict !== undefined && { state: dict }),
    ...(mask && { mask: mask.checkpoint }),
  };
  const { state } = await readNetworkState(choice, { looksBeside: false }); // a mask file that appeared later is not part of the run
  checkFit(checkpoint, state.tensors, architecture, fit);
  const network = fitted(checkpoint, state, { architecture, ...fit });
  checkFinite(checkpoint, network, { architecture, ...fit });
  return network;
}

async function checkUnchanged(directory: string, what: string, { checkpoint, sha256 }: HashedFile): Promise<void> {
  if ((await sha256Of(checkpoint)) === sha256) return;
  throw new UserError(
    `${paths.record(directory)}: the ${what} ${checkpoint} has changed since this run was made. Restore the old file, or make a new run.`,
  );
}
