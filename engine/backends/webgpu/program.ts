/** Runs our own WGSL programs on tfjs' WebGPU backend. In the programs, tensors are flat arrays. */
import { util, type DataType, type TensorInfo } from '@tensorflow/tfjs-core';
import { elements, kernelsOf } from '../operations/kernel';

export interface Program {
  /** The key of the code in a cache. The name must differ for programs whose code differs. */
  name: string;
  /** The input tensors. In the code, they are arrays with these names. */
  inputs: Record<string, TensorInfo | undefined>;
  /** The shape of `result`. */
  shape: readonly number[];
  /** Fields of `uniforms` with type i32. */
  integers?: Record<string, number>;
  /** Fields of `uniforms` with type f32. */
  floats?: Record<string, number>;
  /** WGSL code with a `fn main(index : i32)`, which runs in each thread. `uniforms.size` is the size of `result`. */
  code: string;
  /** Minimum number of groups, and number of threads in each. Default: at least one thread for each element of `result`. */
  groups?: { count: number; threads: number };
}

/** Runs programs on the GPU without waiting for them. */
export interface Gpu {
  run(program: Program): TensorInfo;
  /** Frees a tensor that the kernel does not return. */
  free(...tensors: TensorInfo[]): void;
}

/** The part of tfjs' WebGPU backend that is used here. */
export interface ProgramBackend {
  runWebGPUProgram(program: object, inputs: TensorInfo[], type: DataType, uniforms: Uniform[]): TensorInfo;
  disposeData(dataId: object): boolean;
}

interface Uniform {
  type: 'int32' | 'float32';
  data: number[];
}

/** Makes a program with one thread for each element of the result. `value` is an expression for the element at `index`. */
export function elementwise(program: Omit<Program, 'code' | 'groups'> & { value: string; before?: string }): Program {
  const { value, before = '', ...rest } = program;
  const code = `fn main(index : i32) {
    if (index < uniforms.size) {
      ${before}
      result[index] = ${value};
    }
  }`;
  return { ...rest, code };
}

/** Returns an expression for max(x, 0) that keeps NaN. The result of WGSL's own `max` and `clamp` is undefined for NaN. */
export function rectified(x: string): string {
  return `select(${x}, 0.0, ${x} < 0.0)`;
}

/** Default number of threads in a group. */
const THREADS = 64;

/** Returns an object that runs programs on a backend. */
export function gpuOf(backend: ProgramBackend): Gpu {
  return {
    run: (program) => run(backend, program),
    free: (...tensors) => {
      for (const { dataId } of tensors) backend.disposeData(dataId);
    },
  };
}

/** Registers one of our kernels for the GPU. */
export const defineKernel = kernelsOf('webgpu', gpuOf);

function run(backend: ProgramBackend, { name, inputs, shape, integers = {}, floats = {}, ...rest }: Program) {
  const used = Object.entries(inputs).filter(([, tensor]) => tensor) as [string, TensorInfo][];
  const size = util.sizeFromShape([...shape]);
  const { count, threads } = rest.groups ?? { count: Math.ceil(size / THREADS), threads: THREADS };
  const program = {
    variableNames: used.map(([variable]) => variable),
    outputShape: [size],
    shaderKey: `sign ${name}`,
    uniforms: [
      ...Object.keys(integers).map((field) => `${field} : i32, `),
      ...Object.keys(floats).map((field) => `${field} : f32, `),
    ].join(''),
    workgroupSize: [threads, 1, 1],
    dispatchLayout: { x: [0] },
    dispatch: [count, 1, 1],
    size: true,
    getUserCode: () => rest.code,
  };
  const uniforms = [
    ...Object.values(integers).map((value): Uniform => ({ type: 'int32', data: [value] })),
    ...Object.values(floats).map((value): Uniform => ({ type: 'float32', data: [value] })),
  ];
  const flat = used.map(([, tensor]) => ({ ...plain(tensor), shape: [elements(tensor)] }));
  const { dataId, dtype } = backend.runWebGPUProgram(program, flat, 'float32', uniforms);
  return { dataId, dtype, shape: [...shape] };
}

/** Copies the fields of a tensor, because they are not enumerable for all kinds of tensors. */
function plain({ dataId, dtype }: TensorInfo): Omit<TensorInfo, 'shape'> {
  return { dataId, dtype };
}
