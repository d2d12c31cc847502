/** Compiles Winning Sign's operations for TensorFlow. They are optional: without them, TensorFlow's own operations are used. */
import path from 'node:path';
import { places, type BuiltOperations } from '../backends/tensorflow/installed';
import { compilerFlags, setsFor } from '../backends/tensorflow/instructions';
import { hashSources, sourceFolder } from '../backends/tensorflow/sources';
import { ChildError, runChild } from '../children';
import type { OperationSet } from '../vocabulary/runEvents';
import { firstError, type Compilation } from './addon';
import { LIBRARIES } from './python';

export type OperationsCompilation = Omit<Compilation, 'addon' | 'tfjsNode' | 'nvidia'>;

/**
 * Compiles one library for each set of instructions of this kind of processor, because machines that share a home may differ. A set that
 * the compiler cannot compile is left out.
 */
export async function compileOperations(
  compilation: OperationsCompilation,
  home: string,
  signal?: AbortSignal,
): Promise<BuiltOperations> {
  const sets: OperationSet[] = [];
  const problems: string[] = [];
  for (const set of setsFor())
    try {
      await runChild(compilation.compiler, operationsArguments(compilation, home, set), { signal });
      sets.push(set);
    } catch (error) {
      if (!(error instanceof ChildError)) throw error;
      const { compiler } = compilation;
      problems.push(`${compiler} could not compile Winning Sign's operations for ${set} (${firstError(error)}).`);
    }
  if (setsFor().length === 0) problems.push(`Winning Sign has no operations for ${process.arch}.`);
  return { sets, problems, sources: hashSources() };
}

/** Returns the arguments of a single compiler call that compiles and links the library of a set. */
export function operationsArguments(
  { headers, tensorflow, runPath }: OperationsCompilation,
  home: string,
  set: OperationSet,
): string[] {
  return [
    '-shared',
    '-fPIC',
    '-fvisibility=hidden', // names of ours must not replace those of TensorFlow
    '-O3',
    '-std=c++17',
    ...compilerFlags(set),
    '-ffp-contract=fast',
    '-fno-math-errno',
    '-fno-trapping-math',
    '-Wno-psabi', // nothing is passed to other libraries in vectors
    '-DNAPI_VERSION=8',
    ...(process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : ['-pthread']),
    `-I${path.join(headers, 'include')}`,
    `-I${path.join(tensorflow, 'include')}`,
    path.join(sourceFolder(), 'operations.cc'),
    ...LIBRARIES.map((name) => path.join(tensorflow, name)),
    `-Wl,-rpath,${runPath}`,
    '-o',
    places.operations(home, set),
  ];
}
