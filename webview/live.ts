/** Follows a run: gets one snapshot, then applies its changes. */
import type { RelatedSnapshot, RunDelta } from '../engine/protocol';
import { Disposables, type Disposable } from './dispose';
import type { Host } from './host';
import { Latest } from './latest';

export interface RunListener {
  changed: (snapshot: RelatedSnapshot) => void;
  failed: (error: Error) => void;
}

/** Maximum number of losses to keep. A chart has fewer pixels. */
const MOST_LOSSES = 4_000;

/** Drops every second point if there are too many. Always keeps the newest point. */
function thinned<T>(points: T[]): T[] {
  if (points.length <= MOST_LOSSES) return points;
  return points.filter((_, place) => (points.length - 1 - place) % 2 === 0);
}

/** Applies a delta to a snapshot: appends to its lists and replaces its fields. */
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

/**
 * Follows a run until disposed. Ignores deltas that arrive before the snapshot, because the snapshot includes them. Gets a new snapshot
 * after a restart of the engine.
 */
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
