/** Reads the file of a user's own network. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { asReadError } from '../../checkpoints/file';
import { UserError } from '../../errors';
import { ownName } from '../../vocabulary/models/ownName';
import type { OwnModelSpec } from '../../vocabulary/runOptions';
import type { OwnNetwork } from './build';
import { parseTopology } from './parse';

/** A larger file is not only a topology. The weights of a model are in other files. */
const LARGEST = 2 ** 24;

/**
 * Returns the model with its topology. If it has none, reads it from `path`, which is absolute. A run records the topology, so that it does
 * not need the file again. Throws UserError that names the file.
 */
export function withTopology(spec: OwnModelSpec): OwnModelSpec {
  if (spec.topology) return spec;
  const { path } = spec;
  const bytes = bytesOf(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { ...spec, sha256, topology: parseTopology(new TextDecoder().decode(bytes), path) };
}

function bytesOf(file: string): Buffer {
  try {
    const found = statSync(file);
    if (!found.isFile()) throw new UserError(`${file} is not a file. Name the model.json.`, { field: 'model.path' });
    if (found.size > LARGEST)
      throw new UserError(`${file} is larger than ${LARGEST / 2 ** 20} MB, so it is not a model.json.`, {
        field: 'model.path',
      });
    return readFileSync(file);
  } catch (error) {
    throw error instanceof UserError ? error : asReadError(error, file);
  }
}

/** Returns the topology of a model whose options were checked. */
export function ownNetwork(spec: OwnModelSpec): OwnNetwork {
  const { topology, classifier } = withTopology(spec);
  return { topology: topology!, file: ownName(spec), classifier };
}
