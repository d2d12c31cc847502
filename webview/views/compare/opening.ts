/** Opens the two checkpoints of a comparison. */
import type { CheckpointHeader, CheckpointRef, Inspection } from '../../../engine/protocol';
import type { Disposable } from '../../dispose';
import type { Host } from '../../host';
import { Persistent } from '../../latest';
import type { PanelState } from '../../protocol';
import { chosen } from '../checkpoint/choices';
import { largestWeight } from '../checkpoint/layers';
import type { States } from './states';

type State = Extract<PanelState, { view: 'compare' }>;

/** Returns references to A and B, with the rule of the panel and the chosen state dicts. */
export function refsOf(state: State, states: States): Record<'a' | 'b', CheckpointRef> {
  const { layers } = state;
  const refOf = (side: 'a' | 'b') => {
    const dict = states[side];
    return chosen(state[side], { ...(layers !== undefined && { layers }), ...(dict !== undefined && { state: dict }) });
  };
  return { a: refOf('a'), b: refOf('b') };
}

/** Returns the headers of A and B. */
export function openBoth(
  host: Host,
  { a, b }: Record<'a' | 'b', CheckpointRef>,
): Promise<[CheckpointHeader, CheckpointHeader]> {
  const open = (file: CheckpointRef) => host.request('checkpoint/open', { file });
  return Promise.all([open(a), open(b)]);
}

/** Reads the statistics of a checkpoint. If it fails, nothing is said: the comparison says why the file cannot be read. */
export function readStatistics(host: Host, file: CheckpointRef, done: (inspection: Inspection) => void): Disposable {
  const reading = new Persistent(host);
  reading.ask(() => host.request('checkpoint/statistics', { file }), { done, failed: () => undefined });
  return reading;
}

/** Returns the largest |w| of a layer, or 0 until the statistics are known. */
export function largestOf(inspection: Inspection | undefined, layer: string): number {
  return inspection ? largestWeight(inspection, layer) : 0;
}
