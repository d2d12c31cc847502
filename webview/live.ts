/** A run as it goes on: one snapshot, then what changed. */
import type { RelatedSnapshot, RunDelta } from '../engine/protocol';
import { Disposables, type Disposable } from './dispose';
import type { Host } from './host';
import { Latest } from './latest';

export interface RunListener {
  changed: (snapshot: RelatedSnapshot) => void;
  failed: (error: Error) => void;
}

/** A panel open for hours stays quick: no chart is wider than so many points. */
const MOST_LOSSES = 4_000;

/** Every second of too many, the newest kept. */
function thinned<T>(points: T[]): T[] {
  if (points.length <= MOST_LOSSES) return points;
  return points.filter((_, place) => (points.length - 1 - place) % 2 === 0);
}

/** The snapshot with a delta applied: lists grow, fields are replaced. */
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

/** Follows a run until disposed. Deltas that come before the snapshot are in it already. After a restart of the engine it asks for a new one. */
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
