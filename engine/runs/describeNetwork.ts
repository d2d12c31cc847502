/** Describes a user's own network before a run, from its file or from a run file. */
import path from 'node:path';
import { ChildError, documentIn, runNode } from '../children';
import { loadDataset } from '../datasets/load';
import { UserError } from '../errors';
import { dataOf, describeOwn } from '../models/layersModel/describe';
import { withTopology } from '../models/layersModel/read';
import type { DataShape } from '../models/network';
import { buildArchitecture } from '../models/registry';
import { isOwn } from '../vocabulary/models/ownName';
import type { NetworkDescription } from '../vocabulary/network';
import type { OwnModelSpec } from '../vocabulary/runOptions';
import { CLI } from './detached';
import { checkOptions } from './options';
import { asUserError } from './prepare';
import { readRunFile } from './runFile';

/** The height, width and channels of images, for a file that accepts any. */
export type Images = Omit<DataShape, 'classes'>;

/**
 * Describes the network of a model.json, or of a run file with its corrections. Throws UserError if it cannot be trained, or if the data of
 * the run file do not fit it.
 */
export async function describeNetwork(file: string, images?: Images): Promise<NetworkDescription> {
  if (!/\.sign\.json$|(^|[\\/])run\.json$/.test(file)) {
    const spec = withTopology({ model: 'layers', path: path.resolve(file) });
    return describe(spec, dataOf(spec, images));
  }
  const { options } = await readRunFile(file);
  const { model, dataset } = checkOptions(options, file);
  if (!isOwn(model))
    throw new UserError(
      `${file}: "model" is a network of Winning Sign. Name a run file with a network of your own, or its model.json.`,
    );
  const { height, width, channels, classes } = await loadDataset(dataset, path.dirname(file));
  return describe(model, { height, width, channels, classes });
}

/** Calls `winning-sign model` in a separate process, because the data of a run file may be large. */
export async function describeApart(file: string, signal?: AbortSignal): Promise<NetworkDescription> {
  try {
    const { stdout } = await runNode([CLI, 'model', '--json', '--', file], { tied: true, ...(signal && { signal }) });
    return (documentIn(stdout) as { network: NetworkDescription }).network;
  } catch (error) {
    throw error instanceof ChildError ? asUserError(error) : error;
  }
}

function describe(spec: OwnModelSpec, data: DataShape): NetworkDescription {
  return describeOwn(spec, buildArchitecture(spec, data));
}
