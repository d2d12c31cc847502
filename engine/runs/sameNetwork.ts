/** Refuses checkpoints whose networks have the same names and shapes, but compute something else. */
import { parsedMetadata } from '../checkpoints/metadata';
import { UserError } from '../errors';
import type { Source } from '../inspection/source';
import { isObject } from '../json/strict';
import { MODELS, type ModelName } from '../vocabulary/modelSchemas';
import { defaultsOf } from '../vocabulary/schemaWords';
import { readRecord, runOf } from './record';

/** A network with the file that it is known from. */
interface KnownNetwork {
  file: string;
  model: unknown;
}

/** Returns the network of a checkpoint, from its metadata or the run that wrote it. Returns undefined if it is not known. */
async function knownNetwork({ file, metadata }: Source): Promise<KnownNetwork | undefined> {
  const named = metadata['model'] === undefined ? undefined : parsedMetadata(metadata['model']);
  if (named !== undefined) return { file, model: named };
  const directory = metadata['options'] === undefined ? undefined : runOf(file);
  return directory === undefined ? undefined : { file, model: (await readRecord(directory)).model };
}

/** Throws UserError if the network of a checkpoint is known to differ from that of the first one in what it computes. */
export async function refuseOtherNetworks(sources: readonly Source[]): Promise<void> {
  const [first, ...others] = await Promise.all(sources.map(knownNetwork));
  for (const other of others)
    if (first && other)
      refuseDifference([first, other], {
        problem: `${first.file} and ${other.file} cannot be interpolated`,
        remedy: 'Name checkpoints of one network.',
      });
}

/** Throws UserError if the network of a checkpoint is known to differ from that of the options in what it computes. */
export async function refuseNetworkOfOptions(sources: readonly Source[], options: KnownNetwork): Promise<void> {
  for (const source of sources) {
    const known = await knownNetwork(source);
    if (known)
      refuseDifference([known, options], {
        problem: `${known.file} does not fit this run`,
        remedy: 'Set "model" to the network of the checkpoint.',
      });
  }
}

function refuseDifference(
  [a, b]: readonly [KnownNetwork, KnownNetwork],
  { problem, remedy }: { problem: string; remedy: string },
): void {
  const found = differenceOf(a.model, b.model);
  if (!found) return;
  const { field, values } = found;
  const [inA, inB] = values.map((value) => JSON.stringify(value));
  throw new UserError(
    `${problem}: field "${field}" is ${inA} for ${a.file}, but ${inB} for ${b.file}. The two networks compute different things. ${remedy}`,
  );
}

/** Options that matter only while a network is trained, or that follow from the data. */
const LEFT_OUT: readonly string[] = ['dropout', 'dropConnect', 'imageSize', 'channels', 'naming'];
/** Options that mean the same in all networks that have them. */
const NORMALIZATION: readonly string[] = ['norm', 'groups', 'batchNorm'];

/**
 * Returns the first option in which two networks differ, with both values. A value that follows from the data equals every other value. Of
 * networks with different names, only the normalization is compared, because their other options have other meanings.
 */
function differenceOf(a: unknown, b: unknown): { field: string; values: [unknown, unknown] } | undefined {
  const [namedA, namedB] = [optionsOf(a), optionsOf(b)];
  if (!namedA || !namedB) return undefined;
  const names = namedA.name === namedB.name ? Object.keys(namedA.options) : NORMALIZATION;
  for (const name of names) {
    const values: [unknown, unknown] = [namedA.options[name], namedB.options[name]];
    if (LEFT_OUT.includes(name) || values.includes(undefined)) continue;
    if (JSON.stringify(values[0]) !== JSON.stringify(values[1])) return { field: `model.options.${name}`, values };
  }
  return undefined;
}

/** Returns the options of a network with the defaults, without those that have no effect. Returns undefined for own networks. */
function optionsOf(model: unknown): { name: string; options: Record<string, unknown> } | undefined {
  const spec = typeof model === 'string' ? { model } : model;
  if (!isObject(spec) || typeof spec['model'] !== 'string' || !isNamed(spec['model'])) return undefined;
  const given = isObject(spec['options']) ? spec['options'] : {};
  const { groups, ...options }: Record<string, unknown> = { ...defaultsOf(MODELS[spec['model']].options), ...given };
  const hasGroups = groups !== undefined && (options['norm'] === undefined || options['norm'] === 'group');
  return { name: spec['model'], options: hasGroups ? { ...options, groups } : options };
}

function isNamed(name: string): name is ModelName {
  return Object.hasOwn(MODELS, name);
}
