/** Writes and reads the checkpoints of a run. Logs the result of each round. */
import path from 'node:path';
import { mkdir } from 'node:fs/promises';
import { checksumOf, readNetworkState, tensorsWithMasks } from '../checkpoints/state';
import { writeSafetensors } from '../checkpoints/write';
import { countFlips } from '../inspection/flips';
import { describeNormalization } from '../inspection/psi';
import { countParameters } from '../models/parameters';
import { INITIALIZATION, paths } from '../runs/paths';
import type { NetworkState } from '../tensors';
import type { Sparsity } from '../vocabulary/checkpoint';
import type { Measured, RoundResult } from '../vocabulary/runEvents';
import { isOwn, ownName } from '../vocabulary/models/ownName';
import { ownDataSeed } from '../vocabulary/seeds';
import type { Position } from './savedState';
import { initialNormalization, type Session } from './session';

/** The network at the end of a round or of a full training. */
export interface Trained {
  position: Position;
  /** The name of the checkpoint of this network. */
  checkpoint: string;
  round: string;
  state: NetworkState;
  /** The name of the checkpoint of the previous round. */
  previous?: string | undefined;
  reestimated?: Measured | undefined;
  imagesPerSecond?: number | undefined;
  /** Number of weights in each layer that crossed zero in this round. */
  crossedZero?: ReadonlyMap<string, number> | undefined;
}

/**
 * Writes the checkpoint and logs the result of the round. At the same time, compares the network with the initialization and the previous
 * round.
 */
export async function logTrained(session: Session, trained: Trained): Promise<RoundResult> {
  const { checkpoint: name, round, state } = trained;
  const both = [writeCheckpoint(session, { name, round, state }), describe(session, trained)] as const;
  await Promise.allSettled(both); // waits for both, even if one of them fails
  const [sha256, described] = await Promise.all(both);
  const result = { ...described, sha256 };
  session.log.append({ type: 'round', ...result });
  return result;
}

/** Returns the result of a round: its sparsity and accuracy, for each layer the kept weights and the flips, and ψ. */
async function describe(session: Session, trained: Trained): Promise<RoundResult> {
  const { architecture, record } = session;
  const { position, checkpoint, state, previous, reestimated, imagesPerSecond } = trained;
  const isUnknown = record.kind === 'search' && record.start !== undefined && !record.start.initialization;
  const initial = isUnknown ? undefined : await readCheckpoint(session, INITIALIZATION);
  const before = previous === undefined ? undefined : await readCheckpoint(session, previous);
  const layers = countFlips({ state, ...(initial && { initial }), ...(before && { previous: before }) }).map(
    (layer) => {
      const crossedZero = trained.crossedZero?.get(layer.name);
      return crossedZero === undefined ? layer : { ...layer, crossedZero };
    },
  );
  const kept = layers.reduce((sum, layer) => sum + layer.kept, 0);
  const measured = {
    ...position.measured!,
    ...(reestimated && { reestimated }),
    ...(imagesPerSecond !== undefined && { imagesPerSecond }),
  };
  const psi = { tensors: state.tensors, initial: initialNormalization(architecture, record) };
  const normalization = describeNormalization(architecture, psi);
  return { round: position.round, sparsity: sparsityOf(session, kept), ...measured, checkpoint, layers, normalization };
}

function sparsityOf({ architecture }: Session, kept: number): Sparsity {
  const { prunable, all } = countParameters(architecture).parameters;
  const pruned = prunable - kept;
  return { prunable: pruned / prunable, all: pruned / all };
}

/** Writes a checkpoint and returns the SHA-256 of its file. */
export async function writeCheckpoint(
  session: Session,
  { name, round, state }: { name: string; round: string; state: NetworkState },
): Promise<string> {
  const file = paths.checkpoint(session.directory, name);
  await mkdir(path.dirname(file), { recursive: true });
  const tensors = tensorsWithMasks(state);
  const metadata = { ...metadataOf(session, round), checksum: checksumOf(tensors) };
  return writeSafetensors(file, { tensors, metadata }, session.lock);
}

export async function readCheckpoint({ directory }: Session, name: string): Promise<NetworkState> {
  return (await readNetworkState(paths.checkpoint(directory, name))).state;
}

/**
 * Returns the metadata of a checkpoint. They contain no time and no path, so that equal states have equal bytes. Of the file of an own
 * network, they have only the name. Its layers and its SHA-256 say which network it is.
 */
function metadataOf({ record, architecture, dataset, optionsHash }: Session, round: string): Record<string, string> {
  const { dataSeed } = ownDataSeed(record);
  return {
    format: 'winning-sign 1',
    run: record.name,
    round,
    method: record.method,
    seed: String(record.seed),
    ...(dataSeed !== undefined && { dataSeed: String(dataSeed) }),
    options: optionsHash,
    model: JSON.stringify(isOwn(record.model) ? { ...record.model, path: ownName(record.model) } : record.model),
    data: JSON.stringify(architecture.data),
    normalization: JSON.stringify({ mean: dataset.normalization.mean, std: dataset.normalization.std }),
  };
}
