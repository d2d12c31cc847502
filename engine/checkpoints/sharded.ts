/** Reads a checkpoint that is split into several safetensors files (shards) with an index, such as `model.safetensors.index.json`. */
import path from 'node:path';
import { UserError } from '../errors';
import { pathInFolder } from './external';
import { openFile, type RangedFile } from './file';
import { isObject, parseStrictly, quote } from '../json/strict';
import { byName, type CheckpointReader } from './reader';
import { readSafetensors } from './safetensors';

const LARGEST_INDEX = 25e6;
const DEEPEST_INDEX = 64; // more than any JSON model description needs, so that the message for such a file is about its fields

/** Checks an index and opens every shard that it names. The names of the shards must stay in the folder of the index. */
export async function readSharded(index: RangedFile): Promise<CheckpointReader> {
  const { weightMap, metadata } = await parseIndex(index);
  const shards = new Map<string, CheckpointReader>();
  const files = [index];
  const closeShards = () => Promise.all([...shards.values()].map((shard) => shard.close()));
  const close = async () => {
    await Promise.all([closeShards(), index.close()]);
  };
  try {
    for (const shard of new Set(weightMap.values())) shards.set(shard, await openShard(index, shard, files));
    const stored = new Map([...shards].map(([shard, { tensors }]) => [shard, byName(tensors)]));
    const uncounted = [...shards.values()].flatMap((shard) => shard.uncounted ?? []);
    const listed = byName(uncounted);
    const tensors = [...weightMap].flatMap(([name, shard]) => {
      const tensor = stored.get(shard)?.get(name);
      if (!tensor && listed.has(name)) return [];
      if (!tensor)
        throw refused(
          index,
          `weight_map says that tensor ${quote(name)} is in ${shard}, but that file does not have the tensor`,
        );
      return tensor;
    });
    const shardOf = (name: string) => {
      const shard = shards.get(weightMap.get(name) ?? '');
      if (!shard) throw new Error(`${index.name} has no tensor ${name}`);
      return shard;
    };
    return {
      ...{ file: index.name, format: 'safetensors-sharded', metadata, tensors, uncounted, close },
      size: () => files.reduce((sum, { size }) => sum + size, 0),
      versions: () => files.map(({ version }) => version),
      bytes: (name, from, to) => shardOf(name).bytes(name, from, to),
      read: (name, from, into) => shardOf(name).read(name, from, into),
    };
  } catch (error) {
    await closeShards(); // the caller closes the index
    throw error;
  }
}

async function parseIndex(index: RangedFile) {
  if (index.size > LARGEST_INDEX) throw refused(index, 'the index is larger than 25 MB');
  const { weight_map: weightMap, metadata } = await parseObject(index);
  if (!isObject(weightMap))
    throw refused(index, 'the file has no weight_map, so it is not an index of safetensors files');
  for (const [name, shard] of Object.entries(weightMap)) {
    if (typeof shard !== 'string') throw refused(index, `the value of weight_map ${quote(name)} is not a file name`);
  }
  const strings = Object.entries(isObject(metadata) ? metadata : {}).map(([key, value]) => [key, String(value)]);
  return {
    weightMap: new Map(Object.entries(weightMap) as [string, string][]),
    metadata: Object.fromEntries(strings) as Record<string, string>,
  };
}

async function parseObject(index: RangedFile): Promise<Record<string, unknown>> {
  const text = new TextDecoder().decode(await index.read(0, index.size));
  try {
    const parsed = parseStrictly(text, DEEPEST_INDEX);
    return isObject(parsed) ? parsed : {};
  } catch (error) {
    throw refused(index, `the file ${(error as Error).message}`);
  }
}

/** Opens a shard, and adds its file to `files`. */
async function openShard(index: RangedFile, shard: string, files: RangedFile[]): Promise<CheckpointReader> {
  const file = pathInFolder(index.name, shard);
  if (file === undefined || path.resolve(file) === path.resolve(index.name)) {
    throw refused(
      index,
      `weight_map names ${quote(shard)}, which is not a safetensors file in the folder of the index`,
    );
  }
  try {
    return await openWhole(file, files);
  } catch (error) {
    throw error instanceof UserError ? refused(index, error.message.replace(/\.$/, '')) : error;
  }
}

async function openWhole(name: string, files: RangedFile[]): Promise<CheckpointReader> {
  const file = await openFile(name);
  files.push(file);
  try {
    return await readSafetensors(file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

function refused(index: RangedFile, reason: string): UserError {
  return new UserError(`${index.name} cannot be opened: ${reason}.`);
}
