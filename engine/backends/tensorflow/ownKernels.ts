/** Our kernels, implemented with our own operations. The files of ./native define them. */
import { defineKernel } from './executor';

export function registerOwnGelu(): void {
  defineKernel('SignGelu', [], ({ x }, _, execute) => [execute.one('SignGelu', [x], {})]);
  defineKernel('SignGeluGradient', [], ({ dy, x }, _, execute) => execute.one('SignGeluGradient', [dy, x], {}));
}

export function registerOwnLayerNorm(): void {
  // Returns y, and for each row the mean and 1 / √(variance + ε).
  defineKernel('SignLayerNorm', ['epsilon'], ({ x, scale, shift }, { epsilon }, execute) =>
    execute.many('SignLayerNorm', [x, scale, shift], { attributes: { epsilon: { float: epsilon } }, outputs: 3 }),
  );
  defineKernel('SignLayerNormGradient', [], ({ dy, x, scale, kept0, kept1 }, _, execute) =>
    execute.many('SignLayerNormGradient', [dy, x, scale, kept0, kept1], { attributes: {}, outputs: 3 }),
  );
}
