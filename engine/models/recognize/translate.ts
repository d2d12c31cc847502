/** Translates the names of other tools whose networks equal ours. */
import { parameterPath } from '../../checkpoints/modulePath';
import type { NetworkState } from '../../tensors';

export interface Translated {
  state: NetworkState;
  /** The tool whose names were translated. */
  tool?: string;
}

/**
 * Translates the names of open_lth: its residual networks for CIFAR number all blocks, and a block with a shortcut begins a stage; its
 * multilayer perceptrons number their layers from 0. Other states are returned as they are.
 */
export function translated(state: NetworkState): Translated {
  const paths = new Set([...state.tensors.keys()].map(pathOf));
  const isResnet = ['conv.weight', 'bn.weight', 'blocks.0.conv1.weight', 'fc.weight'].every((name) => paths.has(name));
  const isMlp = paths.has('fc_layers.0.weight') && paths.has('fc.weight');
  if (!isResnet && !isMlp) return { state };
  const blocks = isResnet ? blockNames(paths) : [];
  const rename = (name: string) => (isResnet ? resnetName(pathOf(name), blocks) : mlpName(pathOf(name)));
  const entries = <T>(map: ReadonlyMap<string, T>) =>
    new Map(Array.from(map, ([name, value]) => [rename(name), value]));
  return { state: { tensors: entries(state.tensors), masks: entries(state.masks) }, tool: 'open_lth' };
}

function pathOf(name: string): string {
  return parameterPath(name).replaceAll('/', '.');
}

/** Returns the new name of each block, such as `layer2.0`. */
function blockNames(paths: ReadonlySet<string>): string[] {
  const names: string[] = [];
  let [stage, at] = [1, 0];
  for (let i = 0; paths.has(`blocks.${i}.conv1.weight`); i++) {
    if (i > 0 && paths.has(`blocks.${i}.shortcut.0.weight`)) [stage, at] = [stage + 1, 0];
    names.push(`layer${stage}.${at}`);
    at++;
  }
  return names;
}

function resnetName(name: string, blocks: readonly string[]): string {
  const [, block, rest = ''] = /^blocks\.(\d+)\.(.*)$/s.exec(name) ?? [];
  if (block !== undefined) return `${blocks[Number(block)] ?? name}.${rest.replace(/^shortcut\./, 'downsample.')}`;
  return name.replace(/^(conv|bn)(?=\.|$)/, '$11');
}

function mlpName(name: string): string {
  return name.replace(/^fc_layers\.(\d+)/, (_, layer: string) => `fc${Number(layer) + 1}`);
}
