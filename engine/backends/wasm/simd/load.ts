/** Loads the vector kernels of kernels.as. They work in the memory of tfjs' WASM backend. */
import { PRIVATE_MEMORY, SHARED_MEMORY } from './kernels';

/** The exports of kernels.as, with their arguments in order. */
export const SIMD_KERNELS = [
  'correlate',
  'multiply',
  'multiplyMany',
  'correlateFilter',
  'addGroups',
  'pointwiseFilter',
  'packPanels',
  'transformFilter',
  'winograd',
  'winogradFilter',
  'winogradFilterTotal',
  'channelSums',
  'scaleAndShift',
  'normalizationGradient',
  'addRelu',
  'reluGradient',
  'addBias',
  'swapAxes',
  'gelu',
  'gelu32',
  'product',
  'layerNorm',
  'layerNormGradient',
  'maxPool',
  'maxPoolGradient',
  'depthwise',
  'depthwiseFilter',
  'activate',
  'activateGradient',
  'softmax',
  'softmaxGradient',
  'copyRows',
  'padRows',
  'permute',
  'repeatRows',
  'scaleImages',
  'scaleRows',
  'dropout',
] as const;
export type SimdKernel = (typeof SIMD_KERNELS)[number];

/** Which instructions the kernels use: ordinary vectors, or also relaxed ones, with which products may be added without rounding. */
export type InstructionSet = keyof typeof PRIVATE_MEMORY;

/** Returns the compiled module for a memory. */
export function compileSimdKernels(memory: WebAssembly.Memory, set: InstructionSet): WebAssembly.Module {
  const shared = memory.buffer instanceof SharedArrayBuffer;
  return new WebAssembly.Module(Buffer.from((shared ? SHARED_MEMORY : PRIVATE_MEMORY)[set], 'base64'));
}

/**
 * Whether this program can execute relaxed vector instructions: Node.js from version 22 on, and VS Code. Node.js 20 has them behind a flag of
 * V8, with the same bytes. It is not set, because a training step takes 1.5 times as long as with the ordinary ones there (AMD EPYC, Zen 5).
 */
export function hasRelaxed(): boolean {
  return (relaxed ??= WebAssembly.validate(Buffer.from(PRIVATE_MEMORY.relaxed, 'base64')));
}

let relaxed: boolean | undefined;
