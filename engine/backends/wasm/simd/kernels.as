/**
 * The kernels of training as 128-bit vector loops, in AssemblyScript. They work on memory that tfjs' WASM backend owns: every argument is
 * an address or counts something. Tensors are float32, channels last. The last three arguments of each are the part of the work that a call does,
 * from `first` to before `end`, and the thread that does it: parts may run at the same time and in any order, and what is computed does not
 * depend on how the work is parted. `npm run kernels` compiles this file and those beside it into kernels.ts.
 */
export { fuses } from './madd';
export { correlate, multiply, multiplyMany } from './convolution';
export { correlateFilter, addGroups } from './filterGradient';
export { pointwiseFilter } from './pointwise';
export { packPanels } from './tile';
export { transformFilter, winograd } from './winograd';
export { winogradFilter, winogradFilterTotal } from './winogradFilter';
export { channelSums } from './channelSums';
export { scaleAndShift, normalizationGradient } from './normalization';
export { addRelu, reluGradient, addBias, product, swapAxes } from './elementwise';
export { gelu } from './gelu';
export { gelu32 } from './gelu32';
export { layerNorm, layerNormGradient } from './layerNorm';
export { maxPool, maxPoolGradient } from './pooling';
export { depthwise, depthwiseFilter } from './depthwise';
export { activate, activateGradient } from './activations';
export { softmax, softmaxGradient } from './softmax';
export { copyRows, padRows, permute, repeatRows, scaleImages, scaleRows, dropout } from './rows';
