/** Our kernels, implemented with Winning Sign's operations. The files of ./native define them. */
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

export function registerOwnBatchNorm(): void {
  // Returns y, the mean, the unbiased variance, and 1 / √(variance + ε).
  defineKernel('SignBatchNorm', ['epsilon', 'relu'], ({ x, scale, shift }, { epsilon, relu }, execute) => {
    const attributes = { epsilon: { float: epsilon }, relu };
    return execute.many('SignBatchNorm', [x, scale, shift], { attributes, outputs: 4 });
  });
  // The mean and the inverse depend on ε, so the gradient does not need it.
  defineKernel('SignBatchNormGradient', ['epsilon', 'relu'], (inputs, { relu }, execute) => {
    const { dy, x, scale, shift, kept0: mean, kept2: inverse } = inputs;
    const call = { attributes: { relu }, outputs: 3 };
    return execute.many('SignBatchNormGradient', [dy, x, scale, shift, mean, inverse], call);
  });
  defineKernel('SignNormalize', ['epsilon', 'relu'], (inputs, { epsilon, relu }, execute) => {
    const { x, mean, variance, scale, shift } = inputs;
    const attributes = { epsilon: { float: epsilon }, relu };
    return execute.one('SignNormalize', [x, mean, variance, scale, shift], attributes);
  });
}
