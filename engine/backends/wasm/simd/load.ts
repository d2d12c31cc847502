/** Loads the vector kernels of kernels.as. They work in the memory of tfjs' WASM backend. */
import { setFlagsFromString } from 'node:v8';
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

/** Whether V8 is that of Node.js 20, the last one that has relaxed vector instructions behind a flag (Chrome 114, V8 11.4, has them always). */
const IS_FLAGGED = process.versions.v8.startsWith('11.3.');

/**
 * Rows of the tiles of products with relaxed instructions. Results do not depend on it. The compiler of V8 11.3 moves all loads of a loop before
 * its sums, so twelve sums and the loaded values do not fit into the sixteen registers of x64: with six rows, a convolution takes twice as long.
 * arm64 has 32 registers, but was not measured.
 */
export type TileRows = 4 | 6;
export const TILE_ROWS: TileRows = IS_FLAGGED ? 4 : 6;

/** Returns the compiled module for a memory. Throws if this program cannot execute the instructions. */
export function compileSimdKernels(memory: WebAssembly.Memory, set: InstructionSet): WebAssembly.Module {
  if (set === 'relaxed') turnOnRelaxed();
  const shared = memory.buffer instanceof SharedArrayBuffer;
  return new WebAssembly.Module(Buffer.from((shared ? SHARED_MEMORY : PRIVATE_MEMORY)[set], 'base64'));
}

/** Whether this program can execute relaxed vector instructions. */
export function hasRelaxed(): boolean {
  turnOnRelaxed();
  return (relaxed ??= WebAssembly.validate(Buffer.from(PRIVATE_MEMORY.relaxed, 'base64')));
}

let relaxed: boolean | undefined;

/** Turns on relaxed vector instructions. V8 reads this flag whenever it validates or compiles a module. */
function turnOnRelaxed(): void {
  if (IS_FLAGGED) setFlagsFromString('--experimental-wasm-relaxed-simd');
}
