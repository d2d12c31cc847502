/** All runs with their colours, kept up to date. */
import { Disposables, type Disposable } from '../dispose';
import type { Host } from '../host';
import { Latest } from '../latest';
import type { RunColor } from '../protocol';
import type { Theme } from '../theme';

/** Tells of all runs now and after each change. Without an answer, those that are known are shown, if any. */
export function followRuns(host: Host, changed: (runs: RunColor[]) => void): Disposable {
  const owned = new Disposables();
  const latest = owned.add(new Latest());
  let runs: RunColor[] = [];
  const tell = (next: RunColor[]) => {
    runs = next;
    changed(runs);
  };
  const ask = () => {
    latest.ask(host.request('runs', {}), {
      done: tell,
      failed: () => {
        tell(runs);
      },
    });
  };
  owned.add(
    host.runsChanged.on(({ directory, summary }) => {
      const known = runs.some((run) => run.directory === directory);
      if (!summary) tell(runs.filter((run) => run.directory !== directory));
      else if (known) tell(runs.map((run) => (run.directory === directory ? { ...run, summary } : run)));
      else ask();
    }),
  );
  owned.add(host.restarted.on(ask));
  ask();
  return owned;
}

/** A run's colour in this theme. */
export function colorOf(runs: readonly RunColor[], directory: string | undefined, theme: Theme): string | undefined {
  const run = runs.find((one) => one.directory === directory);
  return run && theme.runs[run.color % theme.runs.length];
}
