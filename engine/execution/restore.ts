/** What an execution begins with: the saved state, or the start of the run. */
import { existsSync } from 'node:fs';
import { readMetadata } from '../checkpoints/open';
import { countBatches } from '../datasets/batches';
import { UserError } from '../errors';
import { checkpointOfRound, INITIALIZATION, paths, rewindPointIn } from '../runs/paths';
import type { NetworkState } from '../tensors';
import { writeCheckpoint } from './checkpoints';
import { type Position, START, withSavedState } from './savedState';
import type { Session } from './session';

/** Loads the saved state into the trainer, or the start where there is none (and keeps it as the run's initialization). */
export async function restore(
  session: Session,
  startOf: () => NetworkState | Promise<NetworkState>,
): Promise<Position> {
  const { directory, trainer } = session;
  const position = await withSavedState(directory, session.optionsHash, (stored) => trainer.loadStored(stored));
  if (position) {
    await checkKept(session, position);
    session.begin();
    return position;
  }
  const start = await startOf();
  trainer.load(start);
  await writeInitialization(session, start);
  session.begin();
  return { ...START, eventBytes: session.log.size };
}

async function writeInitialization(session: Session, state: NetworkState): Promise<void> {
  await writeCheckpoint(session, { name: INITIALIZATION, round: 'init', state });
}

/** What later rounds are compared with, or begin from, is missed before they are trained. A search's initialization can be drawn again. */
export async function checkKept(session: Session, { round, epoch, step }: Position): Promise<void> {
  const { directory, record, dataset, initial } = session;
  const initialization = paths.checkpoint(directory, INITIALIZATION);
  if (record.kind === 'search' && !existsSync(initialization)) await writeInitialization(session, initial());
  const files = [initialization];
  if (round > 0) files.push(paths.checkpoint(directory, checkpointOfRound(round - 1)));
  const done = epoch * countBatches(dataset, record) + step;
  const isPast = record.rewindStep > 0 && (round > 0 || done > record.rewindStep);
  if (record.kind === 'search' && record.method === 'imp' && isPast) files.push(rewindPointIn(directory));
  const remedy = 'this run cannot go on without it; put it back, or make a new run of these options (--dir)';
  for (const file of files) {
    if (!existsSync(file)) throw new UserError(`${file} is gone, and ${remedy}.`);
    if ((await readMetadata(file))['options'] !== session.optionsHash)
      throw new UserError(`${file} is of another run, and ${remedy}.`);
  }
}
