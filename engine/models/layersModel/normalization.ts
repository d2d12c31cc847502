/** Normalization layers of Keras, with their own ε and momentum. Their scales and shifts are ψ. */
import { reshape, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Entry, Initializer, PsiParts, Role } from '../network';
import type { Config } from './config';
import { initializerOf } from './initializers';
import { images, only, type Part, type Site } from './part';

/** BatchNormalization over the last axis. The running variance is that of the batch itself, as in Keras 3 and TensorFlow.js. */
export function batchNormalization(site: Site): Part {
  const { config } = site;
  const shape = only(site);
  const channels = lastAxis(site);
  const { name } = config;
  const parts = partsOf(config);
  const epsilon = positive(config, 'epsilon', 1e-3);
  const momentum = 1 - config.number('momentum', 0.99);
  if (momentum < 0 || momentum > 1) throw config.refused('has a "momentum" outside of 0 to 1', 'Correct the file');
  const statistic = (end: string, field: string, fallback: string): Entry => ({
    ...entry(`${name}.${end}`, { shape: [channels], role: 'buffer', initializer: fixed(config, field, fallback) }),
    momentum,
  });
  const counter = entry(`${name}.num_batches_tracked`, { shape: [], role: 'buffer', initializer: ZERO });
  return {
    shape,
    entries: [
      ...psi(config, channels),
      statistic('running_mean', 'moving_mean_initializer', 'Zeros'),
      statistic('running_var', 'moving_variance_initializer', 'Ones'),
      { ...counter, dtype: 'I64' },
    ],
    forward: ([x], net) => {
      const input = x!.rank === 4 ? x! : reshape(x!, [-1, 1, 1, channels]);
      return reshape(
        net.batchNorm(input as Tensor4D, name, { relu: false, epsilon, biased: true, ...parts }),
        x!.shape,
      );
    },
  };
}

/** LayerNormalization over the last axis. */
export function layerNormalization(site: Site): Part {
  const { config } = site;
  if (config.flag('rms_scaling', false)) throw config.refused('uses rms_scaling', 'Set rms_scaling to false');
  const epsilon = positive(config, 'epsilon', 1e-3);
  const parts = partsOf(config);
  return {
    shape: only(site),
    entries: psi(config, lastAxis(site)),
    forward: ([x], net) => net.layerNorm(x!, config.name, { epsilon, ...parts }),
  };
}

/** GroupNormalization of images. Keras' groups = −1 means one group for each channel. */
export function groupNormalization(site: Site): Part {
  const { config } = site;
  const shape = images(site);
  const channels = lastAxis(site);
  const given = config.given('groups');
  const groups = given === -1 ? channels : config.whole('groups', 32);
  if (channels % groups !== 0)
    throw config.refused(`has ${groups} groups, which do not divide ${channels} channels`, 'Correct the file');
  const epsilon = positive(config, 'epsilon', 1e-3);
  const parts = partsOf(config);
  return {
    shape,
    entries: psi(config, channels),
    forward: ([x], net) => net.groupNorm(x as Tensor4D, config.name, { groups, epsilon, ...parts }),
  };
}

/** Returns the size of the last axis, which must be the only normalized one. */
function lastAxis(site: Site): number {
  const shape = only(site);
  const { config } = site;
  const axis = config.given('axis') ?? -1;
  const axes: readonly unknown[] = Array.isArray(axis) ? axis : [axis];
  if (axes.length === 1 && (axes[0] === -1 || axes[0] === shape.length)) return shape.at(-1)!;
  throw config.refused(
    `normalizes over axis ${JSON.stringify(axis).slice(0, 40)}`,
    'Only the last axis is supported: use axis -1',
  );
}

function partsOf(config: Config): Required<PsiParts> {
  return { hasScale: config.flag('scale', true), hasShift: config.flag('center', true) };
}

/** The scale, if `scale` is set, and the shift, if `center` is set. */
function psi(config: Config, size: number): Entry[] {
  const { name } = config;
  const of = (end: string, field: string, fallback: string) =>
    entry(`${name}.${end}`, {
      shape: [size],
      role: 'normalization',
      initializer: initializerOf(config, field, [size], fallback),
    });
  const { hasScale, hasShift } = partsOf(config);
  return [
    ...(hasScale ? [of('weight', 'gamma_initializer', 'Ones')] : []),
    ...(hasShift ? [of('bias', 'beta_initializer', 'Zeros')] : []),
  ];
}

const ZERO: Initializer = { kind: 'constant', value: 0 };

/** An initializer of statistics, which must not depend on the seed. */
function fixed(config: Config, field: string, fallback: string): Initializer {
  const initializer = initializerOf(config, field, [1], fallback);
  if (initializer.kind === 'constant') return initializer;
  throw config.refused(`has a random ${field}`, 'Use zeros, ones or constant');
}

function entry(name: string, rest: { shape: readonly number[]; role: Role; initializer: Initializer }): Entry {
  return { name, dtype: 'F32', prunable: false, ...rest };
}

function positive(config: Config, field: string, fallback: number): number {
  const value = config.number(field, fallback);
  if (value > 0) return value;
  throw config.refused(`has "${field}" ${value}`, 'It must be greater than 0');
}
