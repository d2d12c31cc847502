/** Finds the checkpoints that a transfer needs besides its ticket, and checks its choices. */
import { existsSync } from 'node:fs';
import { droppedText } from '../checkpoints/dropped';
import { roundOf } from '../checkpoints/metadata';
import { UserError } from '../errors';
import { openSource, type Source } from '../inspection/source';
import type { RunRecord } from '../vocabulary/runRecord';
import { SEED } from '../vocabulary/runSchema';
import {
  carriesOthers,
  CLASSIFIERS,
  RESCALES,
  TRANSFER_VARIANTS,
  traitsOf,
  uses,
  type TransferChoices,
} from '../vocabulary/transferVariants';
import { checkChoice, checkWholeNumber } from './choices';
import { hashOptions } from './options';
import { directoryOf, INITIALIZATION, paths, rewindPointIn } from './paths';
import { readRecord, runOf } from './record';

/** Throws UserError if a choice does not exist, or has no effect in the variant. */
export function checkChoices(choices: TransferChoices): void {
  const { variant, magnitudeSeed, rescale = 'none', initialization, classifier } = choices;
  checkChoice('variant', variant, TRANSFER_VARIANTS);
  checkChoice('rescale', rescale, RESCALES);
  if (classifier !== undefined) checkChoice('classifier', classifier, CLASSIFIERS);
  if (magnitudeSeed !== undefined) checkWholeNumber('magnitudeSeed', magnitudeSeed, SEED);
  if (magnitudeSeed !== undefined && !uses('kept', variant, 'random'))
    throw new UserError(
      `The seed of the magnitudes ("magnitudeSeed") has no effect in the variant ${variant}, only in random-magnitudes. Leave it out.`,
    );
  const { kept, whole } = traitsOf(variant);
  if (rescale !== 'none' && kept.magnitudes === 'source')
    throw new UserError(
      `Rescaling ("rescale" is ${rescale}) is only for variants that draw magnitudes, but ${variant} takes the magnitudes of the checkpoint. Leave it out, or choose another variant.`,
    );
  if (classifier !== undefined && !carriesOthers(variant))
    throw new UserError(
      `The choice of a classifier ("classifier") has no effect in the variant ${variant}, which always starts with a new classifier. Leave it out.`,
    );
  if (initialization !== undefined && whole)
    throw new UserError(`The initialization of the checkpoint has no effect in the variant ${variant}. Leave it out.`);
}

/**
 * Returns the network that a ticket was trained from, if the user named it or the variant needs it. By default it is in the run directory
 * of the ticket. Throws UserError if the variant needs it and it is unknown.
 */
export async function initializationOf(
  { file: checkpoint, metadata }: Source,
  { initialization, variant }: TransferChoices,
): Promise<Source | undefined> {
  if (initialization !== undefined) return openSource(initialization);
  if (!uses('kept', variant, 'origin')) return undefined;
  const remedy = 'Name a checkpoint of the network before its training as its initialization';
  const directory = runOf(checkpoint);
  if (directory === undefined)
    throw new UserError(
      `${checkpoint}: the signs of its initialization are unknown, because the file is not in a run directory. ${remedy}, or choose another variant.`,
    );
  const file = paths.checkpoint(directory, INITIALIZATION);
  if (!existsSync(file))
    throw new UserError(
      droppedText(file) ??
        `${file} is missing. The variant ${variant} needs the signs of this initialization. Restore the file. Or: ${remedy}.`,
    );
  const found = await openSource(file);
  checkOneRun(directory, await readRecord(directory), [{ file: checkpoint, metadata }, found]);
  return found;
}

/**
 * Returns the rewind point of an imp search. The ticket of a round consists of its mask and the weights of the rewind point, not the
 * trained weights of the round (Frankle et al. 2020). Returns undefined for other checkpoints, which contain the weights of their ticket.
 */
export async function rewindPointOf(ticket: Source): Promise<Source | undefined> {
  const { file: checkpoint, metadata } = ticket;
  if (metadata['method'] !== 'imp' || roundOf(metadata) === undefined) return undefined;
  const directory = directoryOf(checkpoint);
  const record = existsSync(paths.record(directory)) ? await readRecord(directory) : undefined;
  if (record?.kind !== 'search' || record.method !== 'imp')
    throw new UserError(
      `${checkpoint} is a round of an imp search. Its ticket needs the rewound weights, which are in the run directory, but this file is a copy outside that directory. Name the checkpoint in the run directory.`,
    );
  const file = record.rewindStep === 0 ? paths.checkpoint(directory, INITIALIZATION) : rewindPointIn(directory);
  if (!existsSync(file))
    throw new UserError(
      droppedText(file) ??
        `${file} is missing. The file has the weights that the ticket ${checkpoint} is rewound to. Restore the file, or run the search again.`,
    );
  const rewind = await openSource(file);
  checkOneRun(directory, record, [ticket, rewind]);
  return rewind;
}

/** Throws UserError if a checkpoint in a run directory does not belong to the run. */
function checkOneRun(
  directory: string,
  record: RunRecord,
  checkpoints: readonly Pick<Source, 'file' | 'metadata'>[],
): void {
  const options = hashOptions(record);
  for (const { file, metadata } of checkpoints)
    if (metadata['options'] !== options)
      throw new UserError(
        `${file} does not belong to the ${record.kind === 'search' ? 'search' : 'run'} in ${directory}. Either run.json was changed, or the file was copied from another run. Restore the original file.`,
      );
}
