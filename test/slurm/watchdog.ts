/**
 * Ends all processes that were started with a certain slurm.conf: daemons, jobs and their runs. Waits for the end of its standard input first,
 * which is the end of the process that started it, unless it is called with “now”.
 */
import { processesWith } from './processes';

const [, , conf, when] = process.argv;

/** New processes may appear meanwhile. */
function endAll(): void {
  for (let found = processesWith(conf!); found.length > 0; found = processesWith(conf!))
    for (const { pid } of found) kill(pid);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended
  }
}

if (when === 'now') endAll();
else process.stdin.resume().once('end', endAll).once('error', endAll);
