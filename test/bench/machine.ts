/** Describes the machine of a measurement, because a figure is only known for its processor. */
import { readFileSync } from 'node:fs';
import os from 'node:os';

export interface Machine {
  processor: string;
  /** Number of processors that this process may use. */
  cores: number;
  /** Sets of vector instructions that the processor has, such as `avx2`. Empty if the system does not say. */
  instructions: string[];
  /** Versions by name: Node.js, the system, and PyTorch if there is one. */
  versions: Record<string, string>;
}

/** Sets of instructions that decide how fast the kernels of both sides are, as Linux names them. */
const SETS = /^(sse4_2|avx|avx2|fma|avx512f|avx512_vnni|avx512_bf16|avx_vnni|amx_tile|amx_bf16|asimd|sve|sve2)$/;

/** Describes this machine. `torch` is the version of the peer. */
export function machineOf(torch?: string): Machine {
  const versions = { node: process.versions.node, [process.platform]: os.release(), ...(torch && { torch }) };
  const processor = os.cpus()[0]?.model.trim() ?? process.arch;
  return { processor, cores: os.availableParallelism(), instructions: instructionsIn(cpuFile()), versions };
}

function cpuFile(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return ''; // only Linux has this file
  }
}

/** Returns the sets of instructions that the text of /proc/cpuinfo names. */
export function instructionsIn(text: string): string[] {
  const [, flags = ''] = /^(?:flags|Features)\s*:(.*)$/m.exec(text) ?? [];
  return flags
    .trim()
    .split(/\s+/)
    .filter((flag) => SETS.test(flag));
}

/** Returns the machine in a few words, such as “AMD EPYC, 2 cores, avx2 fma”. */
export function machineWords({ processor, cores, instructions }: Machine): string {
  return [processor, `${cores} core${cores === 1 ? '' : 's'}`, instructions.join(' ')].filter(Boolean).join(', ');
}

/**
 * Returns a warning if other programs seem to use the machine; else nothing. `load` is the mean number of running threads in the last minute. A
 * busy machine does not slow down both sides alike.
 */
export function busyWords(load: number, { cores }: Machine): string {
  return load > 1.5 * cores ? `the machine is busy (load ${load.toFixed(1)}), so do not trust this row` : '';
}
