/** Compiles the addon between Node and TensorFlow's C interface from two files of tfjs-node. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import { ChildError, runChild } from '../children';
import { LIBRARIES } from './python';

/** Finds a compiler; `$CXX` is preferred. If there is none, throws UserError with the command that installs one. */
export async function findCompiler(signal?: AbortSignal): Promise<string> {
  const { CXX: own } = process.env;
  if (!own) await requireDeveloperTools(signal);
  for (const candidate of own ? [own] : ['c++', 'g++', 'clang++'])
    try {
      await runChild(candidate, ['--version'], { signal });
      return candidate;
    } catch (error) {
      if (!(error instanceof ChildError)) throw error;
    }
  const what = own ? `$CXX is “${own}”, which cannot be run` : 'No C++ compiler was found (c++, g++, clang++)';
  throw new UserError(`${what}. ${own ? 'Unset it, or install a compiler' : 'Install one'}: “${compilerCommand()}”.`);
}

/** Throws UserError if Apple's developer tools are missing: the compiler and Python are then only placeholders that open a dialog. */
async function requireDeveloperTools(signal?: AbortSignal): Promise<void> {
  if (process.platform !== 'darwin') return;
  await runChild('xcode-select', ['-p'], { signal }).catch((error: unknown) => {
    if (!(error instanceof ChildError)) throw error;
    throw new UserError(`No C++ compiler was found. Install one: “${compilerCommand()}”.`, { cause: error });
  });
}

const INSTALLERS: readonly [program: string, command: string][] = [
  ['apt-get', 'sudo apt-get install g++'],
  ['dnf', 'sudo dnf install gcc-c++'],
  ['yum', 'sudo yum install gcc-c++'],
  ['zypper', 'sudo zypper install gcc-c++'],
  ['pacman', 'sudo pacman -S gcc'],
];

function compilerCommand(): string {
  if (process.platform === 'darwin') return 'xcode-select --install';
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const here = INSTALLERS.find(([program]) => folders.some((folder) => existsSync(path.join(folder, program))));
  return (here ?? INSTALLERS[0]!)[1];
}

export interface Compilation {
  compiler: string;
  /** The folder of tfjs-node, which contains `binding/`. */
  tfjsNode: string;
  /** The folder of node-api-headers. */
  headers: string;
  /** The folder of TensorFlow, which contains its libraries and `include/`. */
  tensorflow: string;
  /**
   * The folder in which the loader looks for TensorFlow. It is relative to the addon, or absolute if TensorFlow is not near the addon.
   */
  runPath: string;
  /** For a GPU: the folder of NVIDIA's packages, and the path by which the loader finds this folder. */
  nvidia?: { folder: string; runPath: string };
  addon: string;
}

/** Compiles and links the addon. Throws UserError with the output of the compiler. */
export async function compileAddon(compilation: Compilation, signal?: AbortSignal): Promise<void> {
  const { compiler } = compilation;
  await runChild(compiler, compilerArguments(compilation), { signal }).catch((error: unknown) => {
    if (!(error instanceof ChildError)) throw error;
    throw new UserError(
      `${compiler} could not compile tfjs-node's addon: ${firstError(error)}. Update the compiler, or set CXX to another one.`,
      { cause: error },
    );
  });
}

/** Returns the first error that a compiler printed. */
export function firstError({ output, lastLine }: ChildError): string {
  return (output.stderr.split('\n').find((line) => line.includes('error')) ?? lastLine).trim();
}

/** Returns the arguments of a single compiler call that compiles and links. */
export function compilerArguments(compilation: Compilation): string[] {
  const { tfjsNode, headers, tensorflow, runPath, nvidia, addon } = compilation;
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => path.join(tfjsNode, 'binding', file));
  const includes = [tfjsNode, path.join(tensorflow, 'include'), path.join(headers, 'include')];
  const undefinedLater = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
  return [
    '-shared',
    '-fPIC',
    '-O2',
    '-std=c++17',
    '-DNAPI_VERSION=8',
    ...undefinedLater,
    ...includes.map((folder) => `-I${folder}`),
    ...sources,
    ...LIBRARIES.map((name) => path.join(tensorflow, name)),
    `-Wl,-rpath,${runPath}`,
    ...(nvidia ? preloading(nvidia) : []),
    '-o',
    addon,
  ];
}

/** The CUDA libraries that TensorFlow opens by name when it starts. */
const CUDA = /^lib(cublas|cublasLt|cudart|cudnn|cufft|cupti|curand|cusolver|cusparse|nccl|nvJitLink|nvrtc)\.so\.\d+$/;

/**
 * TensorFlow opens the CUDA libraries by name, which works only if the loader has loaded them already. So the addon is linked to them.
 * The folders are given as RPATH instead of RUNPATH, because RPATH also applies to the libraries that the CUDA libraries need.
 */
function preloading({ folder, runPath }: NonNullable<Compilation['nvidia']>): string[] {
  const found = readdirSync(folder).flatMap((name) => {
    const lib = path.join(folder, name, 'lib');
    const libraries = existsSync(lib) ? readdirSync(lib).filter((file) => CUDA.test(file)) : [];
    return libraries.map((file) => ({ name, file: path.join(lib, file) }));
  });
  const folders = [...new Set(found.map(({ name }) => name))];
  return [
    '-Wl,--disable-new-dtags',
    '-Wl,--no-as-needed',
    ...found.map(({ file }) => file),
    ...folders.map((name) => `-Wl,-rpath,${runPath}/${name}/lib`),
  ];
}
