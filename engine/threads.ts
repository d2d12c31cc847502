/** Decides how many threads a backend uses: the number that the user has set, or else the smallest of several limits. */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { numberFrom } from './environment';
import type { ThreadLimit } from './vocabulary/backends';

/** The sources of the limits, which tests replace. */
export interface Surroundings {
  env: NodeJS.ProcessEnv;
  /** Number of processors that this process may use (CPU affinity). */
  processors: number;
  /** Returns the content of a file; undefined if it does not exist. */
  read: (file: string) => string | undefined;
}

/**
 * Returns `WINNING_SIGN_THREADS` if it is set, and otherwise the smallest of: affinity, the CPU quota of the control group,
 * `SLURM_CPUS_PER_TASK`, `OMP_NUM_THREADS`; in both cases at most `most`. Throws UserError if `WINNING_SIGN_THREADS` is not valid.
 */
export function threadLimit(most = Infinity, surroundings: Surroundings = here()): ThreadLimit {
  const asked = numberFrom('WINNING_SIGN_THREADS', { env: surroundings.env });
  if (asked !== undefined) return { threads: Math.min(asked, most), by: 'WINNING_SIGN_THREADS' };
  const { processors } = surroundings;
  const limits: { threads: number | undefined; by: ThreadLimit['by'] }[] = [
    { threads: processors, by: 'processors' },
    { threads: quota(surroundings), by: 'cgroup' },
    { threads: grantedBy('SLURM_CPUS_PER_TASK', surroundings), by: 'SLURM_CPUS_PER_TASK' },
    { threads: grantedBy('OMP_NUM_THREADS', surroundings), by: 'OMP_NUM_THREADS' },
  ];
  let least: ThreadLimit = { threads: processors, by: 'processors' };
  for (const { threads, by } of limits) if (threads !== undefined && threads < least.threads) least = { threads, by };
  return { ...least, threads: Math.min(least.threads, most) };
}

const LIMITS: Record<ThreadLimit['by'], string> = {
  WINNING_SIGN_THREADS: 'set by WINNING_SIGN_THREADS',
  processors: 'one per processor',
  cgroup: 'the CPU quota of its control group',
  SLURM_CPUS_PER_TASK: 'granted by SLURM_CPUS_PER_TASK',
  OMP_NUM_THREADS: 'granted by OMP_NUM_THREADS',
};

/** Returns for example “2 threads (granted by SLURM_CPUS_PER_TASK)”. */
export function describeLimit({ threads, by }: ThreadLimit): string {
  return `${threads} ${threads === 1 ? 'thread' : 'threads'} (${LIMITS[by]})`;
}

function here(): Surroundings {
  return { env: process.env, processors: os.availableParallelism(), read: readLately };
}

/** Time in ms for which what was read is used again, because reading takes as long as the inspection of several megabytes. */
const LATELY_MS = 10_000;
let lately: { since: number; texts: Map<string, string | undefined> } | undefined;

function readLately(file: string): string | undefined {
  const now = performance.now();
  if (!lately || now - lately.since > LATELY_MS) lately = { since: now, texts: new Map() };
  if (!lately.texts.has(file)) lately.texts.set(file, readIfThere(file));
  return lately.texts.get(file);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Reads the number in an environment variable of another program. Ignores anything else. OMP_NUM_THREADS may be a list, whose first
 * number is for the outer level.
 */
function grantedBy(name: string, { env }: Surroundings): number | undefined {
  const threads = Number(env[name]?.split(',')[0]);
  return Number.isInteger(threads) && threads > 0 ? threads : undefined;
}

const CGROUPS = '/sys/fs/cgroup';

/** Returns the smallest CPU quota of the control group of this process and its parents, rounded up; undefined if there is no quota. */
function quota({ read }: Surroundings): number | undefined {
  const lines = read('/proc/self/cgroup')?.split('\n') ?? [];
  const quotas = lines.flatMap((line) => {
    const [, controllers, group] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (group === undefined) return [];
    // In version 2, all control groups are in one tree. In version 1, each set of controllers has its own tree.
    if (controllers === '')
      return around(group).map((folder) => quotaOfVersion2(read, path.posix.join(CGROUPS, folder)));
    if (!controllers!.split(',').includes('cpu')) return [];
    return [controllers!, 'cpu'].flatMap((tree) =>
      around(group).map((folder) => quotaOfVersion1(read, path.posix.join(CGROUPS, tree, folder))),
    );
  });
  const least = Math.min(...quotas.filter((value) => value !== undefined));
  return least > 0 && Number.isFinite(least) ? Math.ceil(least) : undefined;
}

/**
 * Returns the folders of a group and its parents. In a container the path may be that of the host; then only the outermost folder
 * exists.
 */
function around(group: string): string[] {
  const parts = group.split('/').filter(Boolean);
  return [...parts.keys(), parts.length].map((length) => parts.slice(0, length).join('/'));
}

/** Parses `max 100000` (no limit) or, for example, `50000 100000` (microseconds per period). */
function quotaOfVersion2(read: Surroundings['read'], folder: string): number | undefined {
  const [limit, period] = read(path.posix.join(folder, 'cpu.max'))?.split(/\s+/).map(Number) ?? [];
  return ratio(limit, period);
}

function quotaOfVersion1(read: Surroundings['read'], folder: string): number | undefined {
  const [limit, period] = ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((name) => {
    const text = read(path.posix.join(folder, name));
    return text === undefined ? undefined : Number(text);
  });
  return ratio(limit, period);
}

/** Returns the quota; undefined if there is no limit. No limit is −1 in version 1 and `max` in version 2. */
function ratio(limit: number | undefined, period: number | undefined): number | undefined {
  return limit !== undefined && period !== undefined && limit > 0 && period > 0 ? limit / period : undefined;
}
