/** Softmax cross-entropy in double precision, and counts of correct answers. */
import { defineKernel } from './heap';

export function registerLoss(): void {
  defineKernel('SignCrossEntropy', [], ({ logits, labels }, _, heap) => {
    const [rows, classes] = logits!.shape as [number, number];
    const loss = heap.allocate([]);
    const correct = heap.allocate([]);
    const [values, targets] = [heap.floats(logits), heap.integers(labels)];
    let total = 0;
    let hits = 0;
    for (let row = 0; row < rows; row++) {
      const scores = values.subarray(row * classes, (row + 1) * classes);
      const { largest, sum } = exponentials(scores);
      total += Math.log(sum) + largest - scores[targets[row]!]!;
      if (scores.indexOf(largest) === targets[row]) hits++;
    }
    heap.floats(loss)[0] = total / rows;
    heap.floats(correct)[0] = hits;
    return [loss, correct];
  });

  defineKernel('SignCountTop', ['top'], ({ logits, labels }, { top }, heap) => {
    const [rows, classes] = logits!.shape as [number, number];
    const count = heap.allocate([]);
    const [values, targets] = [heap.floats(logits), heap.integers(labels)];
    let hits = 0;
    for (let row = 0; row < rows; row++)
      if (rankOf(values.subarray(row * classes, (row + 1) * classes), targets[row]!) < top) hits++;
    heap.floats(count)[0] = hits;
    return count;
  });

  defineKernel('SignNorm', [], ({ x }, _, heap) => {
    const norm = heap.allocate([]);
    let squares = 0;
    for (const value of heap.floats(x)) squares += value * value;
    heap.floats(norm)[0] = Math.sqrt(squares);
    return norm;
  });

  defineKernel('SignCrossEntropyGradient', [], ({ dy, logits, labels }, _, heap) => {
    const [rows, classes] = logits!.shape as [number, number];
    const out = heap.allocate([rows, classes]);
    const [values, targets, to] = [heap.floats(logits), heap.integers(labels), heap.floats(out)];
    const weight = heap.floats(dy)[0]! / rows;
    for (let row = 0; row < rows; row++) {
      const start = row * classes;
      const { largest, sum } = exponentials(values.subarray(start, start + classes));
      for (let k = 0; k < classes; k++) {
        const softmax = Math.exp(values[start + k]! - largest) / sum;
        to[start + k] = weight * (softmax - (targets[row] === k ? 1 : 0));
      }
    }
    return out;
  });
}

/** Returns how many scores are predicted before that of the label. If it is NaN, all are. */
function rankOf(scores: Float32Array, label: number): number {
  const score = scores[label]!;
  let before = 0;
  for (let k = 0; k < scores.length; k++) if (!(k < label ? scores[k]! < score : scores[k]! <= score)) before++;
  return before;
}

/** Returns the largest score, and the sum of e^(score − largest). Both are NaN if a score is NaN. */
function exponentials(scores: Float32Array): { largest: number; sum: number } {
  let largest = -Infinity;
  for (const score of scores) largest = Math.max(largest, score);
  let sum = 0;
  for (const score of scores) sum += Math.exp(score - largest);
  return { largest, sum };
}
