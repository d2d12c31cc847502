/** Slices, padding and concatenation of rows. */
import { defineKernel } from './heap';

export function registerSlices(): void {
  defineKernel('SignSlice', ['begin', 'size', 'row'], ({ x }, { begin, size, row }, heap) => {
    const rows = x!.shape[0]!;
    const out = heap.allocate([rows, size]);
    const [from, to] = [heap.floats(x), heap.floats(out)];
    for (let r = 0; r < rows; r++) copy(from, to, { from: r * row + begin, to: r * size, count: size });
    return out;
  });

  defineKernel('SignPad', ['begin', 'size', 'row'], ({ x }, { begin, size, row }, heap) => {
    const rows = x!.shape[0]!;
    const out = heap.allocate([rows, row]);
    const [from, to] = [heap.floats(x), heap.floats(out).fill(0)];
    for (let r = 0; r < rows; r++) copy(from, to, { from: r * size, to: r * row + begin, count: size });
    return out;
  });

  defineKernel('SignConcat', ['sizes'], (inputs, { sizes }, heap) => {
    const rows = inputs['x0']!.shape[0]!;
    const row = sizes.reduce((sum, size) => sum + size, 0);
    const out = heap.allocate([rows, row]);
    const to = heap.floats(out);
    let begin = 0;
    sizes.forEach((size, i) => {
      const from = heap.floats(inputs[`x${i}`]);
      for (let r = 0; r < rows; r++) copy(from, to, { from: r * size, to: r * row + begin, count: size });
      begin += size;
    });
    return out;
  });
}

function copy(
  source: Float32Array,
  target: Float32Array,
  { from, to, count }: { from: number; to: number; count: number },
): void {
  for (let i = 0; i < count; i++) target[to + i] = source[from + i]!;
}
