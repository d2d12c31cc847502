/** Finds the processes of a cluster: its daemons, jobs and runs. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ClusterProcess {
  pid: number;
  command: string;
}

/** Returns the processes that were started with this slurm.conf, except this process. */
export function processesWith(conf: string): ClusterProcess[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.flatMap((pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`SLURM_CONF=${conf}`)) return [];
      return [{ pid: Number(pid), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') }];
    } catch {
      return []; // it has ended
    }
  });
}
