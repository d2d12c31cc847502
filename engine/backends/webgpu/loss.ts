/** Cross-entropy and counts of correct answers. Forward, one group of threads processes all rows. Backward, each row has its own group. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { defineKernel, type Gpu, type Program } from './program';
import { groupFold, groupSum } from './sums';

const ROWS = 256;
const CLASSES = 64;

/** Sums over the rows of the logits: `each` adds the share of `row` to `own`, and `value` is computed from `sum`. */
function foldRows(
  gpu: Gpu,
  { logits, labels }: Program['inputs'],
  { top = 0, ...code }: { name: string; top?: number; each: string; value: string },
): TensorInfo {
  const [rows, classes] = logits!.shape as [number, number];
  return gpu.run({
    name: code.name,
    inputs: { logits, labels },
    shape: [],
    integers: { rows, classes, top },
    groups: { count: 1, threads: ROWS },
    code: `${groupSum(ROWS)}
    fn main(index : i32) {
      let lane = i32(localIndex);
      var own = 0.0;
      for (var row = lane; row < uniforms.rows; row += ${ROWS}) {
        let first = row * uniforms.classes;
        let label = labels[row];
        let score = logits[first + label];
        ${code.each}
      }
      let sum = fold_sum(lane, own);
      if (index == 0) { result[0] = ${code.value}; }
    }`,
  });
}

export function registerLoss(): void {
  defineKernel('SignCrossEntropy', [], (inputs, _, gpu) => [
    foldRows(gpu, inputs, { name: 'cross entropy', each: LOSS, value: 'sum / f32(uniforms.rows)' }),
    foldRows(gpu, inputs, { name: 'correct', each: CORRECT, value: 'sum' }),
  ]);

  defineKernel('SignCountTop', ['top'], (inputs, { top }, gpu) =>
    foldRows(gpu, inputs, { name: 'count top', top, each: AMONG_TOP, value: 'sum' }),
  );

  defineKernel('SignCrossEntropyGradient', [], ({ dy, logits, labels }, _, gpu) => {
    const [rows, classes] = logits!.shape as [number, number];
    return gpu.run({
      name: 'cross entropy gradient',
      inputs: { dy, logits, labels },
      shape: [rows, classes],
      integers: { rows, classes },
      groups: { count: rows, threads: CLASSES },
      code: GRADIENT,
    });
  });
}

const LOSS = `
var largest = score;
for (var c = 0; c < uniforms.classes; c++) { largest = max(largest, logits[first + c]); }
var total = 0.0;
for (var c = 0; c < uniforms.classes; c++) { total += exp(logits[first + c] - largest); }
own += log(total) + largest - score;`;

/** Whether the label is the predicted class. If several scores are equally large, the first is predicted. */
const CORRECT = `
var right = 1.0;
for (var c = 0; c < uniforms.classes; c++) {
  let other = logits[first + c];
  if (other > score || (other == score && c < label)) { right = 0.0; }
}
own += right;`;

/** Whether fewer than `top` classes are predicted before the label. If the score is NaN, all are, because it is not above any other. */
const AMONG_TOP = `
var before = 0;
for (var c = 0; c < uniforms.classes; c++) {
  let other = logits[first + c];
  if (!(other < score) && (c < label || !(other <= score))) { before++; }
}
if (before < uniforms.top) { own += 1.0; }`;

const GRADIENT = `${groupSum(CLASSES)}${groupFold('largest', CLASSES, (a, b) => `max(${a}, ${b})`)}
fn main(index : i32) {
  let lane = i32(localIndex);
  let group = index / ${CLASSES};
  let row = min(group, uniforms.rows - 1);
  let first = row * uniforms.classes;
  var own = logits[first];
  for (var c = lane; c < uniforms.classes; c += ${CLASSES}) { own = max(own, logits[first + c]); }
  let largest = fold_largest(lane, own);
  var part = 0.0;
  for (var c = lane; c < uniforms.classes; c += ${CLASSES}) { part += exp(logits[first + c] - largest); }
  let total = fold_sum(lane, part);
  let share = dy[0] / f32(uniforms.rows);
  for (var c = lane; c < uniforms.classes && group < uniforms.rows; c += ${CLASSES}) {
    let hit = select(0.0, 1.0, c == labels[row]);
    result[first + c] = (exp(logits[first + c] - largest) / total - hit) * share;
  }
}`;
