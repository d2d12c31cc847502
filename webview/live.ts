/** Follows a run: one snapshot, then its changes. */
import type { RelatedSnapshot, RunDelta } from '../engine/protocol';
import { Disposables, type Disposable } from './dispose';
import type { Host } from './host';
import { Latest } from './latest';

export interface RunListener {
  changed: (snapshot: RelatedSnapshot) => void;
  failed: (error: Error) => void;
}

/** Losses are thinned to this many points, which is more than a chart has pixels. */
const MOST_LOSSES = 4_000;

/** Drops every second point if there are too many. The newest one stays. */
function thinned<T>(points: T[]): T[] {
  if (points.length <= MOST_LOSSES) return points;
  return points.filter((_, place) => (points.length - 1 - place) % 2 === 0);
}

/** Returns the snapshot with a delta applied: lists grow, and fields are replaced. */
export function withDelta(snapshot: RelatedSnapshot, { append, set }: RunDelta): RelatedSnapshot {
  return {
    ...snapshot,
    ...set,
    losses: thinned([...snapshot.losses, ...(append.losses ?? [])]),
    epochs: [...snapshot.epochs, ...(append.epochs ?? [])],
    rounds: [...snapshot.rounds, ...(append.rounds ?? [])],
    points: [...snapshot.points, ...(append.points ?? [])],
  };
}

/** Follows a run until disposed. Deltas that arrive before the snapshot are already in it. A restart of the engine needs a new snapshot. */
export function followRun(host: Host, directory: string, listener: RunListener): Disposable {
  const owned = new Disposables();
  const latest = owned.add(new Latest());
  let snapshot: RelatedSnapshot | undefined;
  const ask = () => {
    snapshot = undefined;
    const done = (answer: RelatedSnapshot) => {
      snapshot = answer;
      listener.changed(answer);
    };
    latest.ask(host.request('run/snapshot', { directory }), { done, failed: listener.failed });
  };
  owned.add(
    host.runChanged.on((delta) => {
      if (delta.directory !== directory) return;
      if (delta.reset) ask();
      else if (snapshot) listener.changed((snapshot = withDelta(snapshot, delta)));
    }),
  );
  owned.add(host.restarted.on(ask));
  ask();
  return owned;
}
