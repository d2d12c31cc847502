/** Loads the network that an execution starts with: the saved state, or the beginning of the run. */
import { existsSync } from 'node:fs';
import { readMetadata } from '../checkpoints/open';
import { countBatches } from '../datasets/plans';
import { UserError } from '../errors';
import { checkpointOfRound, INITIALIZATION, paths, rewindPointIn } from '../runs/paths';
import type { NetworkState } from '../tensors';
import { writeCheckpoint } from './checkpoints';
import { type Position, START, withSavedState } from './savedState';
import type { Session } from './session';

/**
 * Loads the saved state into the trainer. If there is no saved state, loads the first network of the run and writes it as the
 * initialization of the run.
 */
export async function restore(
  session: Session,
  startOf: () => NetworkState | Promise<NetworkState>,
): Promise<Position> {
  const saved = await restoreSaved(session);
  if (saved) return saved;
  const start = await startOf();
  startRound(session, start);
  await writeInitialization(session, start);
  session.begin();
  return { ...START, eventBytes: session.log.size };
}

/** Loads the saved state into the trainer and returns its position. Returns undefined if there is no saved state. */
export async function restoreSaved(session: Session): Promise<Position | undefined> {
  const { directory, trainer } = session;
  const position = await withSavedState(directory, session.optionsHash, async (stored) => {
    await trainer.loadStored(stored);
    await session.signs.load(stored);
  });
  if (!position) return undefined;
  await checkKept(session, position);
  session.begin();
  return position;
}

/** Loads the network that a round starts with. A round begins with a new optimizer. */
export function startRound({ trainer, signs }: Session, state: NetworkState): void {
  trainer.load(state);
  signs.start(state);
}

/** Writes the first network of a run as its initialization. */
export async function writeInitialization(session: Session, state: NetworkState): Promise<void> {
  await writeCheckpoint(session, { name: INITIALIZATION, round: 'init', state });
}

/**
 * Checks that the checkpoints for later rounds exist and belong to this run. A missing file is reported now instead of after hours of
 * training. If the initialization of a search is missing, it is drawn and written again. Throws UserError.
 */
export async function checkKept(session: Session, { round, epoch, step }: Position): Promise<void> {
  const { directory, record, dataset, initial } = session;
  const initialization = paths.checkpoint(directory, INITIALIZATION);
  const isUnknown = record.kind === 'search' && record.start !== undefined && !record.start.initialization;
  const isDrawn = record.kind === 'search' && !record.start;
  if (isDrawn && !existsSync(initialization)) await writeInitialization(session, initial());
  const files = isUnknown ? [] : [initialization];
  if (round > 0) files.push(paths.checkpoint(directory, checkpointOfRound(round - 1)));
  const done = epoch * countBatches(dataset, record) + step;
  const isPast = record.rewindStep > 0 && (round > 0 || done > record.rewindStep);
  if (record.kind === 'search' && record.method === 'imp' && isPast) files.push(rewindPointIn(directory));
  const remedy =
    'The run needs this file to resume. Restore the file, or make a new run with the same options in another directory.';
  for (const file of files) {
    if (!existsSync(file)) throw new UserError(`${file} is missing. ${remedy}`);
    if ((await readMetadata(file))['options'] !== session.optionsHash)
      throw new UserError(`${file} belongs to another run. ${remedy}`);
  }
}
