/** Operations between images [N, H, W, C] and one value for each image and channel [N, C], with Winning Sign's operations. */
import { defineKernel } from './executor';

export function registerOwnImages(): void {
  defineKernel('SignGlobalMean', [], ({ x }, _, execute) => execute.one('SignGlobalMean', [x], {}));
  defineKernel('SignGlobalMeanGradient', ['shape'], ({ dy }, { shape: [, height, width] }, execute) =>
    execute.one('SignGlobalMeanGradient', [dy], { height, width }),
  );
  defineKernel('SignScale', [], ({ x, factors }, _, execute) => execute.one('SignScale', [x, factors], {}));
  defineKernel('SignScaleGradient', [], ({ dy, x, factors }, _, execute) =>
    execute.many('SignScaleGradient', [dy, x, factors], { attributes: {}, outputs: 2 }),
  );
}
