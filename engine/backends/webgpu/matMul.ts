/** Products of matrices, with sums in a fixed order. If the inner dimension is large, the kernel of tfjs adds parts in any order. */
import type { KernelFunc, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import { replaceKernel } from '../operations/kernel';
import { multiply } from './product';
import { gpuOf, type Gpu, type ProgramBackend } from './program';

interface Attributes {
  transposeA: boolean;
  transposeB: boolean;
}

export function registerMatMul(): void {
  replaceKernel({ name: 'BatchMatMul', backend: 'webgpu', implemented: ['transposeA', 'transposeB'] }, single);
}

/** Our kernel multiplies single matrices, as in linear layers. Batches use the kernel of tfjs. */
function single(stock: KernelFunc): KernelFunc {
  return (call) => {
    const { a, b } = call.inputs as Record<'a' | 'b', TensorInfo>;
    const outer = [...a.shape.slice(0, -2), ...b.shape.slice(0, -2)];
    if (outer.some((size) => size !== 1)) return stock(call);
    return product(gpuOf(call.backend as ProgramBackend), { a, b }, call.attrs as NamedAttrMap & Attributes);
  };
}

function product(
  gpu: Gpu,
  { a, b }: Record<'a' | 'b', TensorInfo>,
  { transposeA, transposeB }: Attributes,
): TensorInfo {
  const [first, second] = a.shape.slice(-2) as [number, number];
  const [rows, depth] = transposeA ? [second, first] : [first, second];
  const columns = b.shape[b.shape.length - (transposeB ? 2 : 1)]!;
  const outer = (a.shape.length < b.shape.length ? b : a).shape.slice(0, -2);
  return multiply(gpu, {
    name: `product ${transposeA} ${transposeB}`,
    inputs: { a, b },
    integers: {},
    rows,
    depth,
    columns,
    row: 'return vec3<i32>(m, 0, 0);',
    deep: 'return vec3<i32>(k, 0, 0);',
    left: `return a[${transposeA ? 'k * uniforms.rows + m' : 'm * uniforms.depth + k'}];`,
    right: `return b[${transposeB ? 'n * uniforms.depth + k' : 'k * uniforms.columns + n'}];`,
    inner: { left: transposeA ? 'row' : 'depth', right: transposeB ? 'depth' : 'column' },
    shape: [...outer, rows, columns],
  });
}
