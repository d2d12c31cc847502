/** Our kernels, implemented with Winning Sign's operations. The files of ./native define them. */
import { defineKernel } from './executor';

const T = { T: 'float32' } as const;

export function registerOwnGelu(): void {
  defineKernel('SignGelu', [], ({ x }, _, execute) => [execute.one('SignGelu', [x], {})]);
  defineKernel('SignGeluGradient', [], ({ dy, x }, _, execute) => execute.one('SignGeluGradient', [dy, x], {}));
}

/** TensorFlow computes the products with the weight, and Winning Sign's operations the rest. */
export function registerOwnLinear(): void {
  const product = { ...T, adj_x: false, adj_y: false };
  // Returns y, and x · weight + bias if the gradient of the activation needs it.
  defineKernel('SignLinear', ['activation'], ({ x, weight, bias }, { activation }, execute) => {
    const products = execute.one('BatchMatMulV2', [x, weight], product);
    if (activation === 'none') return [execute.one('SignBias', [products, bias], {})];
    const [sum, y] = execute.many('SignBiasGelu', [products, bias], { attributes: {}, outputs: 2 });
    return [y!, sum!];
  });
  // Returns the gradients of the weight and of the bias.
  defineKernel('SignLinearGradient', [], ({ x, dy }, _, execute) =>
    execute.many('SignLinearGradient', [x, dy], { attributes: {}, outputs: 2 }),
  );
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

export function registerOwnSoftmax(): void {
  defineKernel('SignSoftmax', ['factor'], ({ x }, { factor }, execute) =>
    execute.one('SignSoftmax', [x], { factor: { float: factor } }),
  );
  defineKernel('SignSoftmaxGradient', ['factor'], ({ dy, y }, { factor }, execute) =>
    execute.one('SignSoftmaxGradient', [dy, y], { factor: { float: factor } }),
  );
}
