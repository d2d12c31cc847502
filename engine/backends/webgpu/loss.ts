/** Cross-entropy. Forward, one group of threads processes all rows. Backward, each row has its own group. */
import { defineKernel } from './program';
import { groupFold, groupSum } from './sums';

const ROWS = 256;
const CLASSES = 64;

export function registerLoss(): void {
  defineKernel('SignCrossEntropy', [], ({ logits, labels }, _, gpu) => {
    const [rows, classes] = logits!.shape as [number, number];
    const fold = (name: string, each: string, value: string) =>
      gpu.run({
        name,
        inputs: { logits, labels },
        shape: [],
        integers: { rows, classes },
        groups: { count: 1, threads: ROWS },
        code: `${groupSum(ROWS)}
        fn main(index : i32) {
          let lane = i32(localIndex);
          var own = 0.0;
          for (var row = lane; row < uniforms.rows; row += ${ROWS}) {
            let first = row * uniforms.classes;
            let label = labels[row];
            let score = logits[first + label];
            ${each}
          }
          let sum = fold_sum(lane, own);
          if (index == 0) { result[0] = ${value}; }
        }`,
      });
    return [fold('cross entropy', LOSS, 'sum / f32(uniforms.rows)'), fold('correct', CORRECT, 'sum')];
  });

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
