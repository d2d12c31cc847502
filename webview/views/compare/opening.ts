/** Opens the two checkpoints of a comparison, and swaps them. */
import type { CheckpointHeader } from '../../../engine/protocol';
import type { Host } from '../../host';
import type { PanelState } from '../../protocol';
import { chosen } from '../checkpoint/choices';

type State = Extract<PanelState, { view: 'compare' }>;

/** Returns the headers of A and B, which are read with the rule of the state. */
export function openBoth(host: Host, { a, b, layers }: State): Promise<[CheckpointHeader, CheckpointHeader]> {
  const open = (file: string) =>
    host.request('checkpoint/open', { file: chosen(file, layers === undefined ? {} : { layers }) });
  return Promise.all([open(a), open(b)]);
}
