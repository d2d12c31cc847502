/** What a process has used. */
import { readFileSync } from 'node:fs';

/**
 * Returns what this process has used: milliseconds of CPU time, and the peak of its memory in bytes. On Linux, `maxRSS` of a process that
 * was just started is that of its parent, so the peak is read from /proc, which counts from the start of the program.
 */
export function usageOfThisProcess(): { cpu: number; memory: number } {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const peak = process.platform === 'linux' && /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
  return { cpu: (userCPUTime + systemCPUTime) / 1000, memory: 1024 * (peak ? Number(peak[1]) : maxRSS) };
}
