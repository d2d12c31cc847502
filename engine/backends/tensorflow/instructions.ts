/** The vector instructions of this processor. */
import { readFileSync } from 'node:fs';
import type { OperationSet } from '../../vocabulary/runEvents';

/** For each set, the instructions that its operations are compiled for, as Linux names them. */
const FLAGS: Record<OperationSet, readonly string[]> = {
  avx512: ['avx512f', 'avx512bw', 'avx512dq', 'avx512vl', 'avx2', 'fma'],
  avx2: ['avx2', 'fma'],
  neon: [],
};

/** Returns the sets that can be compiled for a processor of this kind, the fastest first. */
export function setsFor(architecture: string = process.arch): OperationSet[] {
  if (architecture === 'x64') return ['avx512', 'avx2'];
  return architecture === 'arm64' ? ['neon'] : [];
}

/** Returns the options of the compiler for a set. */
export function compilerFlags(set: OperationSet): string[] {
  return FLAGS[set].map((flag) => `-m${flag}`);
}

/** Returns the sets that this processor can execute, the fastest first. `flags` are those of an x86 processor. */
export function executableSets(architecture: string = process.arch, flags = processorFlags()): OperationSet[] {
  return setsFor(architecture).filter((set) => FLAGS[set].every((flag) => flags.has(flag)));
}

/** Returns the flags that Linux names for this processor. Other systems on x86 name none. */
function processorFlags(): ReadonlySet<string> {
  try {
    const [, flags = ''] = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8')) ?? [];
    return new Set(flags.trim().split(/\s+/));
  } catch {
    return new Set();
  }
}
