/** Convolution in groups of channels, and their shuffling, with Winning Sign's operations. TensorFlow would have to copy each group. */
import { defineKernel } from './executor';

export function registerOwnGroups(): void {
  defineKernel('SignGroupConvolve', ['groups'], ({ x, filter }, attributes, execute) =>
    execute.one('SignGroupConvolve', [x, filter], { ...attributes }),
  );
  defineKernel('SignGroupConvolveInputGradient', ['groups'], ({ dy, filter }, attributes, execute) =>
    execute.one('SignGroupConvolveInputGradient', [dy, filter], { ...attributes }),
  );
  defineKernel('SignGroupConvolveFilterGradient', ['groups'], ({ x, dy }, attributes, execute) =>
    execute.one('SignGroupConvolveFilterGradient', [x, dy], { ...attributes }),
  );
  defineKernel('SignShuffle', ['groups'], ({ x }, attributes, execute) =>
    execute.one('SignShuffle', [x], { ...attributes }),
  );
}
