/** Reads HDF5 files (`.h5`): weights and models of Keras 2 and 3, and other files with numbers. Also reads Keras archives (`.keras`). */
import { UserError } from '../../errors';
import type { UncountedTensor } from '../../vocabulary/checkpoint';
import { quote } from '../../json/strict';
import { inflated, storedAt, withArchive, type Archive } from '../archive';
import type { RangedFile } from '../file';
import { asInvalid, noTensors } from '../invalid';
import { readerOf, type CheckpointReader, type ReadableTensor } from '../reader';
import { BlockReader } from './blocks';
import { lambdaMetadata, parseConfig, type ModelConfig } from './config';
import { connect, type Connection } from './connection';
import type { Found, Source } from './messages';
import { nameDatasets, type NamedDataset } from './names';

const LARGEST_CONFIG = 2 ** 25;
const WEIGHTS = 'model.weights.h5';

/** Lists the tensors of an HDF5 file. Closing the reader closes the file. */
export function readHdf5(file: RangedFile): Promise<CheckpointReader> {
  const source = { path: file.name, begin: 0, end: file.size };
  return read({ file, format: 'hdf5', source, close: () => file.close() });
}

/**
 * Lists the weights of a Keras archive. Uses only the names in its `config.json` and never executes anything. Closing the reader closes the
 * file.
 */
export function readKeras(file: RangedFile): Promise<CheckpointReader> {
  return withArchive(file, 'Keras model', async (archive) => {
    const { entries, close } = archive;
    const described = entries.get('config.json');
    const text = described && (await inflated(described, archive, LARGEST_CONFIG)).toString();
    const config = text === undefined ? undefined : parsed(text, 'its config.json');
    const source = await weightsIn(archive);
    return read({ file, format: 'keras', source, config, close });
  });
}

/**
 * Returns where the weights of an archive are. Keras does not compress them. If another tool has compressed them, returns a decompressed
 * copy.
 */
async function weightsIn(archive: Archive): Promise<Source> {
  const { file, entries } = archive;
  const entry = entries.get(WEIGHTS);
  if (!entry) throw new Error(`it has no ${WEIGHTS}`);
  const begin = await storedAt(entry, archive);
  if (begin === undefined) return { bytes: new Uint8Array(await inflated(entry, archive)) };
  return { path: file.name, begin, end: begin + entry.uncompressedSize };
}

function parsed(text: string, what: string): ModelConfig {
  try {
    return parseConfig(text);
  } catch (error) {
    throw new Error(`${what} ${(error as Error).message}`, { cause: error });
  }
}

interface Opened extends Pick<CheckpointReader, 'format' | 'close'> {
  file: RangedFile;
  source: Source;
  config?: ModelConfig | undefined;
}

async function read({ file, format, source, config, close }: Opened): Promise<CheckpointReader> {
  const invalid = (error: unknown) => asInvalid(file.name, format === 'keras' ? 'Keras model' : 'HDF5 file', error);
  const connection = await connect(source).catch((error: unknown) => {
    throw invalid(error);
  });
  try {
    const { found } = connection;
    const known = config ?? configIn(found);
    const named = nameDatasets(found, known);
    const { tensors, uncounted } = readable(named, connection, file.name);
    if (tensors.length === 0) throw nothingIn(file.name, uncounted[0]);
    return readerOf(tensors, {
      ...{ file: file.name, format, metadata: metadataOf(found, known), uncounted },
      versions: undefined, // the thread of the library opens the file itself
      close: async () => {
        await connection.close();
        await close();
      },
    });
  } catch (error) {
    await connection.close();
    throw invalid(error);
  }
}

function nothingIn(file: string, first: UncountedTensor | undefined): UserError {
  if (!first) return noTensors(file);
  const { name, dtype, reason = '' } = first;
  const why = reason && `, but ${reason}`;
  return new UserError(
    `${file} has no tensors that can be read: ${quote(name)} is ${dtype}${why}. Save numbers, with gzip or without compression.`,
  );
}

/** Returns the description of the model, which the legacy format stores in an attribute. */
function configIn(found: Found[]): ModelConfig | undefined {
  const text = attributesOf(found)['model_config']?.[0];
  return text === undefined ? undefined : parsed(text, 'its model_config');
}

function attributesOf(found: Found[]): Record<string, string[]> {
  const root = found.find(({ path }) => path === '');
  return root?.kind === 'group' ? root.attributes : {};
}

function metadataOf(found: Found[], config: ModelConfig | undefined): Record<string, string> {
  const { keras_version: version, backend } = attributesOf(found);
  return {
    ...(version && { keras_version: version.join() }),
    ...(backend && { backend: backend.join() }),
    ...lambdaMetadata(config),
  };
}

function readable(named: NamedDataset[], connection: Connection, file: string) {
  const blocks = new BlockReader(async (asked) => {
    try {
      return await connection.read(asked);
    } catch (error) {
      const reason = (error as Error).message;
      throw new UserError(`${file}: dataset ${quote(asked.path)} cannot be read: ${reason}.`, { cause: error });
    }
  });
  const tensors = named.flatMap(({ dataset, name, collection, layout }): ReadableTensor[] => {
    const { dtype, shape } = dataset;
    if (!('counted' in dtype)) return [];
    const fill = blocks.fillOf(dataset, dtype.counted);
    const optional = { ...(collection !== undefined && { collection }), ...(layout !== undefined && { layout }) };
    return [{ name, dtype: dtype.counted, shape, ...optional, fill }];
  });
  const uncounted = named.flatMap(({ dataset: { dtype, shape }, name }): UncountedTensor[] => {
    if ('counted' in dtype) return [];
    const { uncounted: type, reason } = dtype;
    return [{ name, dtype: type, shape, ...(reason !== undefined && { reason }) }];
  });
  return { tensors, uncounted };
}
