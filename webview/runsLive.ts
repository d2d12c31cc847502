/** Follows all runs. */
import type { ListedRun } from '../engine/protocol';
import { Disposables, type Disposable } from './dispose';
import type { Host } from './host';
import { Latest } from './latest';

/** Calls `changed` with all runs, now and after each change. If the request fails, calls it with the runs known so far. */
export function followRuns(host: Host, changed: (runs: ListedRun[]) => void): Disposable {
  const owned = new Disposables();
  const latest = owned.add(new Latest());
  let runs: ListedRun[] = [];
  const update = (next: ListedRun[]) => {
    runs = next;
    changed(runs);
  };
  const ask = () => {
    latest.ask(host.request('runs', {}), {
      done: update,
      failed: () => {
        update(runs);
      },
    });
  };
  owned.add(
    host.runsChanged.on(({ directory, summary }) => {
      const known = runs.some((run) => run.directory === directory);
      if (!summary) update(runs.filter((run) => run.directory !== directory));
      else if (known) update(runs.map((run) => (run.directory === directory ? summary : run)));
      else ask();
    }),
  );
  owned.add(host.restarted.on(ask));
  ask();
  return owned;
}
