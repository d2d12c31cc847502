/** Follows a run: gets one snapshot, then applies its changes. */
import type { LossPoint, RelatedSnapshot, RunDelta } from '../engine/protocol';
import { Disposables, type Disposable } from './dispose';
import type { Host } from './host';
import { Latest } from './latest';

export interface RunListener {
  changed: (snapshot: RelatedSnapshot) => void;
  failed: (error: Error) => void;
}

/** Maximum number of losses to keep. A chart has fewer pixels. */
const MOST_LOSSES = 4_000;

/** Number of neighbouring losses of which two are kept. */
const GROUP = 4;

/** If there are too many losses, keeps the least and the greatest of each group of neighbours, and the newest loss. */
function thinned(losses: LossPoint[]): LossPoint[] {
  if (losses.length <= MOST_LOSSES) return losses;
  const kept: LossPoint[] = [];
  for (let at = 0; at < losses.length; at += GROUP) kept.push(...extremesOf(losses.slice(at, at + GROUP)));
  const newest = losses.at(-1);
  if (newest && kept.at(-1) !== newest) kept.push(newest);
  return kept;
}

/** Returns the least and the greatest of a few losses, in their order. NaN, the loss of a diverged run, counts as the greatest. */
function extremesOf(losses: readonly LossPoint[]): LossPoint[] {
  const byHeight = [...losses].sort((a, b) => heightOf(a) - heightOf(b) || 0);
  const [least, greatest] = [byHeight[0], byHeight.at(-1)];
  return losses.filter((loss) => loss === least || loss === greatest);
}

function heightOf({ loss }: LossPoint): number {
  return Number.isNaN(loss) ? Infinity : loss;
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
    ...(append.cells && { cells: [...(snapshot.cells ?? []), ...append.cells] }),
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
