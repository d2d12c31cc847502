/** Depthwise convolution with Winning Sign's operations, which need no padded copies of the images. */
import { defineKernel } from './executor';

export function registerOwnDepthwise(): void {
  defineKernel('SignDepthwise', ['stride', 'padding'], ({ x, filter }, { stride, padding }, execute) =>
    execute.one('SignDepthwise', [x, filter], { stride, padding }),
  );
  defineKernel('SignDepthwiseInputGradient', ['stride', 'padding', 'shape'], ({ dy, filter }, given, execute) => {
    const { stride, padding, shape } = given;
    const attributes = { stride, padding, height: shape[1]!, width: shape[2]! };
    return execute.one('SignDepthwiseInputGradient', [dy, filter], attributes);
  });
  defineKernel('SignDepthwiseFilterGradient', ['stride', 'padding', 'shape'], ({ x, dy }, given, execute) => {
    const { stride, padding, shape } = given;
    const attributes = { stride, padding, rows: shape[0]!, columns: shape[1]! };
    return execute.one('SignDepthwiseFilterGradient', [x, dy], attributes);
  });
}
