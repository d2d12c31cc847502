/** Finds the processes of a study on Linux, whoever started them. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/** A window owns a server. An executor executes a study, and a runner one run. */
const PROGRAMS = { window: 'window.js', server: 'server.js', executor: 'run', runner: 'resume' } as const;

export type ProcessKind = keyof typeof PROGRAMS;

export interface StudyProcess {
  pid: number;
  kind: ProcessKind;
  /** The directory of the run of a runner. */
  directory?: string;
}

/** Returns the processes whose environment has this value of WINNING_SIGN_HOME. */
export function processesWith(home: string): StudyProcess[] {
  return pids().flatMap((pid): StudyProcess[] => {
    if (!partsOf(pid, 'environ').includes(`WINNING_SIGN_HOME=${home}`)) return [];
    return namedBy(pid, partsOf(pid, 'cmdline'));
  });
}

function namedBy(pid: number, words: readonly string[]): StudyProcess[] {
  const programs = words.map((word) => path.basename(word));
  const kinds = Object.keys(PROGRAMS) as ProcessKind[];
  const kind = kinds.find((one) => programs.includes(PROGRAMS[one]));
  if (kind === undefined) return [];
  return [{ pid, kind, ...(kind === 'runner' && { directory: words[words.indexOf(PROGRAMS.runner) + 1]! }) }];
}

/** Returns the runners that work on each directory. They have its log open for writing, which only one process at a time may. */
export function workersOf(processes: readonly StudyProcess[]): Map<string, number[]> {
  const workers = new Map<string, number[]>();
  const isWorking = (pid: number, directory: string) => isWriting(pid, path.join(directory, 'events.jsonl'));
  for (const { pid, directory } of processes)
    if (directory !== undefined && isWorking(pid, directory))
      workers.set(directory, [...(workers.get(directory) ?? []), pid]);
  for (const [directory, found] of workers)
    if (found.length > 1)
      workers.set(
        directory,
        found.filter((pid) => isWorking(pid, directory)),
      ); // one may have ended meanwhile
  return workers;
}

/** The bits of the flags of an open file that say how it was opened. */
const ACCESS = 3;

/** Whether a process has a file open for writing, also if the file was replaced since. */
function isWriting(pid: number, file: string): boolean {
  const descriptors = quietly([], () => readdirSync(`/proc/${pid}/fd`));
  return descriptors.some((descriptor) =>
    quietly(false, () => {
      if (readlinkSync(`/proc/${pid}/fd/${descriptor}`).replace(/ \(deleted\)$/, '') !== file) return false;
      const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8'))?.[1];
      return (parseInt(flags ?? '0', 8) & ACCESS) !== 0;
    }),
  );
}

function pids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function partsOf(pid: number, name: 'cmdline' | 'environ'): string[] {
  return quietly([], () => readFileSync(`/proc/${pid}/${name}`, 'utf8').split('\0'));
}

/** A process may end while it is looked at. */
function quietly<T>(otherwise: T, look: () => T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
