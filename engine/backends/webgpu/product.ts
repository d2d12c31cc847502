/**
 * Products of matrices. The matrices are not stored: each element is computed by an expression. So the same program computes
 * convolutions and both of their gradients.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { elementwise, type Gpu, type Program } from './program';

export interface Product {
  name: string;
  inputs: Program['inputs'];
  integers: Record<string, number>;
  /** result [rows, columns] = left [rows, depth] · right [depth, columns]. */
  rows: number;
  depth: number;
  columns: number;
  /** Body of `fn rowOf(m : i32) -> vec3<i32>`, which is computed once for each row. */
  row: string;
  /** Body of `fn depthOf(k : i32) -> vec3<i32>`, which is computed once for each depth. */
  deep: string;
  /** Body of `fn left(m : i32, k : i32, row : vec3<i32>, deep : vec3<i32>) -> f32`. It is called only for elements of the matrix. */
  left: string;
  /** Body of `fn right(k : i32, n : i32, deep : vec3<i32>) -> f32`. It is called only for elements of the matrix. */
  right: string;
  /** The index of each matrix along which its elements are adjacent in memory. */
  inner: { left: 'row' | 'depth'; right: 'column' | 'depth' };
  shape: readonly number[];
}

/** Number of threads along each side of a group. */
const SIDE = 16;
const THREADS = SIDE * SIDE;
/** Depth of the strips in the shared memory of a group. */
const STRIP = 16;
/** Number of results of each thread along a column. */
const HIGH = 4;
/**
 * If the result has few tiles, the depth is split into parts of at least `LEAST_PART`, until there are about this many groups of
 * threads.
 */
const GROUPS = 128;
const LEAST_PART = 256;

/**
 * Multiplies two matrices. Each group of threads computes a tile of the result. If the depth is split, a group computes a tile of a
 * partial sum, and partial sums are added in a fixed order.
 */
export function multiply(gpu: Gpu, product: Product): TensorInfo {
  const { name, rows, depth, columns, shape } = product;
  const wide = columns <= SIDE ? 1 : columns <= 2 * SIDE ? 2 : 4;
  const [down, across] = [Math.ceil(rows / (HIGH * SIDE)), Math.ceil(columns / (wide * SIDE))];
  const parts = Math.max(1, Math.min(Math.floor(GROUPS / (down * across)), Math.floor(depth / LEAST_PART)));
  const part = Math.ceil(depth / parts / STRIP) * STRIP;
  const tiles = gpu.run({
    name: `${name} ${wide}`,
    inputs: product.inputs,
    shape: parts === 1 ? shape : [parts, rows * columns],
    integers: { ...product.integers, rows, depth, columns, down, across, parts, part },
    groups: { count: down * across * parts, threads: THREADS },
    code: tile(product, wide),
  });
  if (parts === 1) return tiles;
  const sum = gpu.run(
    elementwise({
      name: 'add parts',
      inputs: { tiles },
      shape,
      integers: { parts },
      before: `var sum = 0.0;
      for (var part = 0; part < uniforms.parts; part++) { sum += tiles[part * uniforms.size + index]; }`,
      value: 'sum',
    }),
  );
  gpu.free(tiles);
  return sum;
}

const times = (count: number, text: (i: number) => string) => Array.from({ length: count }, (_, i) => text(i)).join('');

/**
 * Returns the code of the program. A thread computes the results (row, column), (row + SIDE, column), …, so that neighbouring threads
 * use neighbouring places in memory.
 */
function tile({ row, deep, left, right, inner }: Product, wide: number): string {
  const [height, width] = [HIGH * SIDE, wide * SIDE];
  const lefts = inner.left === 'depth' ? alongDepth(HIGH) : acrossDepth(HIGH, height);
  const rights = inner.right === 'depth' ? alongDepth(wide) : acrossDepth(wide, width);
  return `
  var<workgroup> lefts : array<f32, ${STRIP * (height + 1)}>;
  var<workgroup> rights : array<f32, ${STRIP * (width + 1)}>;
  fn rowOf(m : i32) -> vec3<i32> { ${row} }
  fn depthOf(k : i32) -> vec3<i32> { ${deep} }
  fn left(m : i32, k : i32, row : vec3<i32>, deep : vec3<i32>) -> f32 { ${left} }
  fn right(k : i32, n : i32, deep : vec3<i32>) -> f32 { ${right} }
  fn main(index : i32) {
    let lane = i32(localIndex);
    let group = index / ${THREADS};
    let top = group / uniforms.across % uniforms.down * ${height};
    let side = group % uniforms.across * ${width};
    let split = group / (uniforms.across * uniforms.down);
    let last = min((split + 1) * uniforms.part, uniforms.depth);
    let row = lane / ${SIDE};
    let column = lane % ${SIDE};
    ${lefts.once((i, m) => `let m${i} = ${m}; let row${i} = rowOf(top + m${i});`)}
    ${times(HIGH, (i) => times(wide, (j) => `var s${i}_${j} = 0.0;`))}
    for (var step = 0; step < uniforms.part; step += ${STRIP}) {
      let start = split * uniforms.part + step;
      workgroupBarrier();
      ${lefts.each(
        (i, k) => `{
        let k = ${k};
        let deep = depthOf(start + k);
        var value = 0.0;
        if (top + m${i} < uniforms.rows && start + k < last) { value = left(top + m${i}, start + k, row${i}, deep); }
        lefts[k * ${height + 1} + m${i}] = value;
      }`,
      )}
      ${rights.each(
        (_, k, n) => `{
        let k = ${k};
        let n = ${n};
        let deep = depthOf(start + k);
        var value = 0.0;
        if (start + k < last && side + n < uniforms.columns) { value = right(start + k, side + n, deep); }
        rights[k * ${width + 1} + n] = value;
      }`,
      )}
      workgroupBarrier();
      for (var k = 0; k < ${STRIP}; k++) {
        ${times(HIGH, (i) => `let a${i} = lefts[k * ${height + 1} + row + ${i * SIDE}];`)}
        ${times(wide, (j) => `let b${j} = rights[k * ${width + 1} + column + ${j * SIDE}];`)}
        ${times(HIGH, (i) => times(wide, (j) => `s${i}_${j} += a${i} * b${j};`))}
      }
    }
    ${times(HIGH, (i) => times(wide, (j) => write(`s${i}_${j}`, i * SIDE, j * SIDE)))}
  }`;
}

/** Code with which the threads of a group load a strip. The functions are called for each element that a thread loads. */
interface Sharing {
  /** Returns code that runs before the strips. `i` is the number of the element, and `place` its row or column. */
  once(text: (i: number, place: string) => string): string;
  /** Returns code that runs for each strip. `k` is the depth of the element within the strip. */
  each(text: (i: number, k: string, place: string) => string): string;
}

/** Neighbouring threads load elements that are neighbours along the depth. */
function alongDepth(count: number): Sharing {
  const place = (i: number) => `lane / ${STRIP} + ${i * SIDE}`;
  return {
    once: (text) => times(count, (i) => text(i, place(i))),
    each: (text) => times(count, (i) => text(i, `lane % ${STRIP}`, place(i))),
  };
}

/** Neighbouring threads load elements that are neighbours across the depth. */
function acrossDepth(count: number, size: number): Sharing {
  const place = `lane % ${size}`;
  return {
    once: (text) => times(count, (i) => text(i, place)),
    each: (text) => times(count, (i) => text(i, `lane / ${size} + ${(i * THREADS) / size}`, place)),
  };
}

function write(sum: string, below: number, beside: number): string {
  return `
    if (split < uniforms.parts && top + row + ${below} < uniforms.rows && side + column + ${beside} < uniforms.columns) {
      result[(split * uniforms.rows + top + row + ${below}) * uniforms.columns + side + column + ${beside}] = ${sum};
    }`;
}
