/** Loaded into a program that is measured: at its end it writes to file descriptor 3 what it used, in milliseconds and bytes. */
import { writeSync } from 'node:fs';

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  writeSync(3, JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1000, memory: 1024 * maxRSS }));
});
