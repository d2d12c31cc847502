/** Reads the checkpoints that a run starts from or measures. */
import { holdFile } from '../checkpoints/file';
import { holdingFiles, releaseFile } from '../checkpoints/heldFiles';
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
  session: Pick<Session, 'directory' | 'architecture'>,
  fit: FitOptions = {},
): Promise<NetworkState> {
  return fitSource(source, await readUnfitted(source, session), { ...fit, architecture: session.architecture });
}

/** Reads a source checkpoint under its own names. Throws UserError if the file or its mask file has changed since the run was made. */
export function readUnfitted(source: FileAsOf, session: Pick<Session, 'directory'>): Promise<NetworkState> {
  return holdingFiles(async () => {
    await holdFile(source.checkpoint);
    try {
      return await readHeld(source, session);
    } finally {
      releaseFile(source.checkpoint); // training needs the memory
    }
  });
}

async function readHeld(source: FileAsOf, { directory }: Pick<Session, 'directory'>): Promise<NetworkState> {
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
  return state;
}

/** Returns a source under the names of the network. Throws UserError if what is needed does not fit, or is not finite. */
export function fitSource(
  { checkpoint }: HashedFile,
  state: NetworkState,
  fit: FitOptions & Pick<Session, 'architecture'>,
): NetworkState {
  checkFit(checkpoint, state.tensors, fit.architecture, fit);
  const network = fitted(checkpoint, state, fit);
  checkFinite(checkpoint, network, fit);
  return network;
}

async function checkUnchanged(directory: string, what: string, { checkpoint, sha256 }: HashedFile): Promise<void> {
  if ((await sha256Of(checkpoint)) === sha256) return;
  throw new UserError(
    `${paths.record(directory)}: the ${what} ${checkpoint} has changed since this run was made. Restore the old file, or make a new run.`,
  );
}
