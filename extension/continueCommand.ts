/** The command that starts a search from a checkpoint, such as an imported one. */
import type { ContinueFrom } from '../engine/vocabulary/runRequest';
import { PLAIN_OPTIONS } from '../engine/vocabulary/runSchema';
import { askForRunFile } from './checkpointCommands';
import { requireTrust, startRun } from './runCommands';
import type { Services } from './services';
import { runsFolderFor } from './settings';
import { checkpointFor, numberIn } from './subjects';
import { askInteger } from './ticketCommands';

/**
 * Starts a search with the options of a run file. It begins with the prune after the round that ended with the checkpoint. If the checkpoint
 * is in a run directory, flips are counted since the initialization of that run.
 */
export async function continueSearch(services: Services, argument?: unknown): Promise<string | undefined> {
  requireTrust();
  const title = 'Continue Search from Checkpoint';
  const checkpoint = await checkpointFor(argument, services.runs, title);
  if (!checkpoint) return undefined;
  const { optionsFile } = (await askForRunFile(title, { purpose: 'options of the search' })) ?? {};
  if (optionsFile === undefined) return undefined;
  const { run } = await services.engine.request('checkpoint/open', { file: checkpoint });
  const round = numberIn(argument, 'round') ?? run?.round ?? (await askForRound(title));
  if (round === undefined) return undefined;
  const initialization = run?.initialization;
  const from: ContinueFrom = {
    ...{ checkpoint: services.choices.chosen(checkpoint), round },
    ...(initialization !== undefined && { initialization }),
  };
  return startRun(services, { folder: runsFolderFor(optionsFile), file: optionsFile, from });
}

function askForRound(title: string): Promise<number | undefined> {
  const bounds = { minimum: 0, maximum: PLAIN_OPTIONS.rounds.maximum };
  const prompt = 'The round that ended with this checkpoint. 0 is a dense network.';
  return askInteger({ title, prompt, value: '1', name: 'The round', bounds });
}
