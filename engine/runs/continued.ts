/** Makes drafts of searches that continue from a checkpoint, such as an imported one. */
import { roundOf } from '../checkpoints/metadata';
import { UserError } from '../errors';
import { openSource, type Source } from '../inspection/source';
import { roundsOf } from '../vocabulary/rounds';
import type { RunRecord, SearchStart } from '../vocabulary/runRecord';
import type { ContinueFrom } from '../vocabulary/runRequest';
import { asOfNow } from './derivedDrafts';
import { draftOf, type Draft, type Origin, type Place } from './drafts';

/**
 * Returns a draft with the options of `record` that begins with the prune after the round of the checkpoint. Throws UserError if the record
 * is not a search, if the round is unknown or the last, or if imp lacks the network that it rewinds to.
 */
export async function draftContinued(
  place: Place,
  record: RunRecord,
  { from, ...origin }: Origin & { from: ContinueFrom },
): Promise<Draft> {
  if (record.kind !== 'search')
    throw new UserError(
      `${origin.origin}: only a search can continue from a checkpoint, but "method" is ${record.method}. Choose another method, or use transfer.`,
    );
  const source = await openSource(from.checkpoint);
  const initialization = from.initialization === undefined ? undefined : await openSource(from.initialization);
  const round = roundFor(source, from.round);
  const rounds = roundsOf(record);
  const decides = record.targetSparsity === undefined ? 'rounds' : 'targetSparsity';
  if (round >= rounds)
    throw new UserError(
      `${source.file} is the network after round ${round}, but this search ends after round ${rounds}. Raise "${decides}", or name an earlier round.`,
    );
  checkRewinding(record, initialization);
  const start: SearchStart = {
    ...{ round, ...(await asOfNow(source)) },
    ...(initialization && { initialization: await asOfNow(initialization) }),
  };
  const sources = initialization ? [source, initialization] : [source];
  return draftOf(place, { ...record, start }, { ...origin, sources });
}

function roundFor({ file, metadata }: Source, given: number | undefined): number {
  const round = given ?? roundOf(metadata);
  if (round !== undefined) return round;
  throw new UserError(`${file} does not say which round it ended.`, {
    advice: {
      terminal: 'Give the round with --round N; 0 is a dense network.',
      window: 'Type the round; 0 is a dense network.',
    },
  });
}

/** Survivors of imp are rewound to the initialization. An earlier rewind point than the start of this run is not known. */
function checkRewinding({ method, rewindStep }: RunRecord, initialization: Source | undefined): void {
  if (method !== 'imp') return;
  if (!initialization)
    throw new UserError('imp rewinds the kept weights to the initialization, which is unknown for this checkpoint.', {
      advice: {
        terminal: 'Name its file with --init, or use lrr or aws.',
        window: 'Use lrr or aws, or continue a search of Winning Sign, whose initialization is known.',
      },
    });
  if (rewindStep > 0)
    throw new UserError(`"rewindStep" is ${rewindStep}, but the network after these steps is unknown.`, {
      advice: {
        terminal: 'Name that network with --init and set "rewindStep" to 0.',
        window: 'Set "rewindStep" to 0.',
      },
    });
}
