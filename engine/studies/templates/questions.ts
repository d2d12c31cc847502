/** Questions that the paper leaves open. */
import type { RunOptions } from '../../vocabulary/runOptions';
import type { Axis } from '../../vocabulary/study';
import type { Setting } from './scales';
import { ACCURACY, barrierTables, KEPT, RETRAINED, SIGN_TABLES, ticketNodes, type Template } from './parts';

export const QUESTIONS = {
  'alpha-range': {
    question: 'How much must AWS interpolate?',
    content: (setting) => {
      const range = (low: number, high: number, more: Record<string, string> = {}) => ({
        normalizationInterpolation: { low, high, ...more },
      });
      const alpha = [
        { name: '[0, 1)', set: range(0, 1) },
        { name: '[0.5, 1)', set: range(0.5, 1) },
        { name: '[0, 0.5)', set: range(0, 0.5) },
        { name: '[0.25, 0.75)', set: range(0.25, 0.75) },
        { name: '0.5', set: range(0.5, 0.5) },
        { name: '0', set: range(0, 0) },
        { name: '1', set: range(1, 1) },
        { name: 'scale', set: range(0, 1, { parameters: 'scale' }) },
        { name: 'shift', set: range(0, 1, { parameters: 'shift' }) },
        { name: 'each layer', set: range(0, 1, { each: 'layer' }) },
      ];
      const over = ['alpha', 'searchSeed', 'variant', 'seed'];
      return {
        options: { method: 'aws' },
        axes: { alpha, searchSeed: setting.searchSeeds, variant: ['retrain', 'signed-mask'], seed: setting.seeds },
        nodes: {
          dense: { run: 'training', over: ['seed'] },
          search: { run: 'search', over: ['alpha', 'searchSeed'], set: { seed: '$searchSeed' } },
          ticket: { run: 'transfer', over, from: 'search' },
          basin: {
            run: 'connectivity',
            over: ['alpha', 'searchSeed', 'seed'],
            a: { node: 'ticket', where: { variant: 'signed-mask' } },
            b: RETRAINED,
          },
        },
        results: { accuracy: { ...ACCURACY, rows: ['alpha'] }, ...barrierTables(['alpha']) },
      };
    },
  },
  'barrier-by-sparsity': {
    question: 'How does the basin of a signed mask degrade with sparsity?',
    content: (given, scale) => {
      const setting = { ...given, seeds: [2, 3, 4] };
      const { axes, nodes } = ticketNodes(setting);
      return {
        // The last round must keep about 2 %.
        options: scale === 'demo' ? { rounds: 6, pruningFraction: 0.5 } : { rounds: 17 },
        axes: {
          ...{ method: ['lrr', 'aws'], ...axes, round: { kept: [0.5, 0.3, 0.1, 0.05, 0.02] } },
          variant: ['retrain', 'signed-mask'],
        },
        nodes: {
          ...nodes,
          basin: {
            run: 'connectivity',
            over: ['method', 'searchSeed', 'round', 'seed'],
            a: { node: 'ticket', where: { variant: 'signed-mask' } },
            b: RETRAINED,
          },
        },
        results: { ...barrierTables(['method', 'round']), accuracy: ACCURACY, kept: KEPT },
      };
    },
  },
  'sign-vs-magnitude': {
    question: 'What carries the ticket: the mask, the signs or the magnitudes?',
    content: (setting) => {
      const { axes, nodes } = ticketNodes(setting);
      return {
        axes: {
          ...{ method: ['aws'], ...axes, round: { kept: setting.kept } },
          variant: [
            ...['signed-mask', 'source-magnitudes', 'source-magnitudes-random-signs', 'random-magnitudes'],
            ...['mask-only', 'retrain', 'initial-signs'],
          ],
        },
        nodes,
        results: { accuracy: ACCURACY, ...SIGN_TABLES, kept: KEPT },
      };
    },
  },
  'layer-norm': {
    question: 'Does it hold with layer norm, without batch norm?',
    content: (setting, scale) => ofModels(setting, scale === 'demo' ? SMALL_TOKENS : TOKENS),
  },
  'without-normalization': {
    question: 'What happens where there is no normalization?',
    content: (setting, scale) => ofModels(setting, scale === 'demo' ? SMALL_NORMS : NORMS),
  },
} as const satisfies Record<string, Template>;

const named = (name: string, model: RunOptions['model']) => ({ name, set: { model } });

const TOKENS = [named('mixer', 'mixer'), named('vit', 'vit')];
const SMALL_TOKENS = [
  named('mixer', { model: 'mixer', options: { dim: 32, depth: 2 } }),
  named('vit', { model: 'vit', options: { dim: 32, depth: 2, heads: 2 } }),
];
const CONVNETS = [
  named('convnet, batch norm', 'convnet'),
  named('convnet, none', { model: 'convnet', options: { norm: 'none' } }),
];
/** VGG as it is used for small images. */
const VGG = { hidden: [], pool: 1, dropout: 0 };
const NORMS = [
  ...CONVNETS,
  named('vgg, batch norm', { model: 'vgg', options: { ...VGG, batchNorm: true } }),
  named('vgg, none', { model: 'vgg', options: { ...VGG, batchNorm: false } }),
];
/** The images of the sample are too small for VGG. */
const SMALL_NORMS = [
  ...CONVNETS,
  named('lenet, batch norm', { model: 'lenet', options: { batchNorm: true } }),
  named('lenet, none', { model: 'lenet', options: { batchNorm: false } }),
];

/** The study `transfer-gap` at the last round, for several networks. */
function ofModels({ seeds, searchSeeds, kept }: Setting, network: Axis) {
  return {
    axes: {
      ...{ network, method: ['lrr', 'aws'], searchSeed: searchSeeds, round: { kept } },
      ...{ variant: ['retrain', 'signed-mask', 'mask-only', 'random-signed-mask'], seed: seeds },
    },
    nodes: {
      dense: { run: 'training', over: ['network', 'seed'] },
      search: { run: 'search', over: ['network', 'method', 'searchSeed'], set: { seed: '$searchSeed' } },
      ticket: {
        run: 'transfer',
        over: ['network', 'method', 'searchSeed', 'round', 'variant', 'seed'],
        from: 'search#round',
      },
    },
    results: { accuracy: { ...ACCURACY, rows: ['network', 'method', 'round'] } },
  } as const;
}
