/** Reads numbers that the official PyTorch code computed, and hashes states to compare them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readNetworkState } from '../../engine/checkpoints/state';
import type { Architecture, Entry } from '../../engine/models/network';
import { pruneByMagnitude } from '../../engine/lottery/prune';
import { sizeOf, type HostTensor, type NetworkState } from '../../engine/tensors';

const ORACLES = path.resolve('test/fixtures/oracles/training');

export type Network = 'mixer' | 'resnet20';
export const NETWORKS: readonly Network[] = ['mixer', 'resnet20'];

export interface PruneOracle {
  survivors_before: number;
  k: number;
  threshold: number;
  kept: number;
  per_layer: { name: string; total: number; kept: number }[];
  mask_sha256?: Record<string, string>;
}

export interface CurveOracle {
  test_loss: number[];
  test_error: number[];
  barrier_error_vs_mean: number;
  barrier_error_vs_chord: number;
  barrier_loss_vs_mean: number;
  barrier_loss_vs_chord: number;
}

/** How the points of a curve were computed. `all_params_exact_bn` exists only for networks with batch norm. */
export type Curve = 'official_script' | 'all_params_ema0.1' | 'all_params_exact_bn' | 'all_params_no_reestimation';

type Hashes = Record<string, string>;

export interface Oracle {
  entries: { name: string; shape: number[]; prunable: boolean; norm: boolean; buffer: boolean }[];
  methods: Record<
    'lrr' | 'aws',
    {
      prune1: PruneOracle;
      prune2: PruneOracle;
      signed_after_prune2: { sign_agreement_with_initA: { equal: number; of: number } };
      transfer_from_round1_with_mask1: { sign_transfer: Hashes };
      transfer_from_prune2: Record<
        | 'sign_transfer'
        | 'mask_transfer'
        | 'sign_transfer_winit_only_official'
        | 'sign_transfer_keep_psi_all_norm_layers',
        Hashes
      >;
      imp?: Record<'rewind_step_0' | 'rewind_step_2', { state_after_rewind: Hashes }>;
    }
  >;
  interpolation: { curves: Record<Curve, { f32: CurveOracle; f64: CurveOracle }> };
}

export function readOracle(network: Network): Oracle {
  return readJson(`${network}/oracle.json`) as Oracle;
}

export function readJson(name: string): unknown {
  return JSON.parse(readFileSync(path.join(ORACLES, name), 'utf8'));
}

/** Reads a state and keeps all weights, because the files have no masks. */
export async function readState(network: Network, name: string): Promise<NetworkState> {
  const { state } = await readNetworkState(path.join(ORACLES, network, `${name}.safetensors`));
  const prunable = readOracle(network).entries.filter((entry) => entry.prunable);
  const masks = prunable.map(({ name: weight, shape }): [string, Uint8Array] => [
    weight.replace(/\.weight$/, ''),
    new Uint8Array(sizeOf(shape)).fill(1),
  ]);
  return { tensors: state.tensors, masks: new Map(masks) };
}

/** Returns the state after round 1 with the mask of round 1. */
export async function readRound1(network: Network, method: 'lrr' | 'aws'): Promise<NetworkState> {
  const { masks } = pruneByMagnitude(await readState(network, `${method}_round0`), 0.2);
  return { tensors: (await readState(network, `${method}_round1`)).tensors, masks };
}

/** Returns an architecture for `transfer`. Its entries come from the oracle, and it cannot compute. */
export function architectureOf(network: Network): Architecture {
  const { entries } = readOracle(network);
  return {
    name: network,
    entries: entries.map(({ name, shape, prunable, norm, buffer }): Entry => {
      const role = buffer ? 'buffer' : norm ? 'normalization' : name.endsWith('.bias') ? 'bias' : 'weight';
      return { name, shape, dtype: 'F32', role, prunable, initializer: { kind: 'constant', value: 0 } };
    }),
    data: { height: 0, width: 0, channels: 0, classes: 10 },
    draws: false,
    forward: () => {
      throw new Error('only listed');
    },
  };
}

/** Returns the first 16 hex digits of the SHA-256 of little-endian bytes. −0 counts as +0. */
export function hashOf({ data }: HostTensor): string {
  const plain = data instanceof Float32Array ? data.map((value) => value + 0) : data;
  const bytes = new Uint8Array(plain.buffer, plain.byteOffset, plain.byteLength);
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

/** Returns the hashes of a state in the form of the oracle, with masks named `X.fixed_m`. */
export function hashesOf({ tensors, masks }: NetworkState): Record<string, string> {
  const all = [...tensors].map(([name, tensor]) => [name, hashOf(tensor)]);
  const ofMasks = [...masks].map(([layer, data]) => [`${layer}.fixed_m`, hashOf({ dtype: 'U8', shape: [], data })]);
  return Object.fromEntries([...all, ...ofMasks]) as Record<string, string>;
}
