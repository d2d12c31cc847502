/** Makes the network that a transfer starts from, and counts which signs it shares with its ticket. */
import { existsSync } from 'node:fs';
import { readMetadata } from '../checkpoints/open';
import { readNetworkState } from '../checkpoints/state';
import { UserError } from '../errors';
import { newClassifierOf } from '../lottery/needs';
import { signAgreement } from '../lottery/signAgreement';
import { transfer } from '../lottery/transfer';
import { fitted } from '../models/fit';
import { INITIALIZATION, paths } from '../runs/paths';
import { runOf } from '../runs/record';
import { fitOptionsOf, fitOptionsOfOrigin } from '../runs/sourceWarnings';
import type { NetworkState } from '../tensors';
import type { TicketSource } from '../vocabulary/runRecord';
import type { TransferredLayer } from '../vocabulary/transferSigns';
import type { Session } from './session';
import { fitSource, readSource, readUnfitted } from './source';

export interface TransferStart {
  state: NetworkState;
  layers: TransferredLayer[];
}

/** Reads the checkpoints of a transfer. Throws UserError if one of them has changed or does not fit. */
export async function startOfTransfer(session: Session, source: TicketSource): Promise<TransferStart> {
  const { record, initial, architecture } = session;
  const { variant, magnitudeSeed, rescale, rewind, initialization } = source;
  const unfitted = await readUnfitted(source, session);
  const newClassifier = newClassifierOf(source, unfitted.tensors, architecture);
  const fit = fitOptionsOf(record, newClassifier);
  const ticket = fitSource(source, unfitted, { ...fit, architecture });
  const rewindPoint = rewind && (await readSource(rewind, session, fit));
  const originFit = fitOptionsOfOrigin(record, newClassifier);
  const origin = initialization
    ? await readSource(initialization, session, originFit)
    : await knownOrigin(source, (place, state) => fitted(place, state, { ...originFit, architecture }));
  const choices = { variant, magnitudeSeed, rescale, newClassifier };
  const state = transfer(ticket, initial(), { ...choices, architecture, seed: record.seed, rewindPoint, origin });
  return { state, layers: signAgreement(state, ticket, origin) };
}

/**
 * Returns the network that the ticket was trained from, if it is in the run directory of the ticket. It is only counted, so a file that is
 * missing, changed or unreadable counts as unknown.
 */
async function knownOrigin(
  { checkpoint }: TicketSource,
  fit: (place: string, state: NetworkState) => NetworkState,
): Promise<NetworkState | undefined> {
  const directory = runOf(checkpoint);
  const file = directory === undefined ? undefined : paths.checkpoint(directory, INITIALIZATION);
  if (file === undefined || !existsSync(file)) return undefined;
  try {
    const { state, metadata } = await readNetworkState(file);
    const { options } = await readMetadata(checkpoint);
    return options !== undefined && metadata['options'] === options ? fit(file, state) : undefined;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
