/** The checkpoint panel: opens the file, and says what is wrong if it has no layers. */
import type { CheckpointHeader } from '../../../engine/protocol';
import { Disposables, type Disposable } from '../../dispose';
import { h } from '../../dom';
import { baseName, plural } from '../../format';
import { emptyState, errorState, progressLine } from '../../parts/message';
import type { PanelState } from '../../protocol';
import { Persistent } from '../../latest';
import type { Mount } from '../view';
import { CheckpointView } from './checkpointView';
import { ChoiceRow, choicesIn, chosen } from './choices';

type State = Extract<PanelState, { view: 'checkpoint' }>;

/** Shows the masks and signs of one checkpoint, layer by layer. */
export const mountCheckpoint: Mount<State> = (root, { file }, { host }) => {
  const owned = new Disposables();
  const opening = owned.add(new Persistent(host));
  let view: Disposable | undefined;
  owned.add({ dispose: () => view?.dispose() });
  let choices = choicesIn(host.memory);
  const row = new ChoiceRow(choices, (made) => {
    choices = made;
    host.choose(made);
    open();
  });
  const replace = (build: () => Disposable | undefined) => {
    const focused = document.activeElement;
    view?.dispose();
    view = build();
    if (focused instanceof HTMLElement && row.element.contains(focused)) focused.focus(); // moving an element takes its focus
  };
  const explain = (message: HTMLElement, withRow: boolean) => {
    const header = h('header', { class: 'run-header' }, h('h1', {}, baseName(file)), row.element);
    root.replaceChildren(...(withRow ? [header] : []), message);
  };
  const open = () => {
    row.clear('Looking for layers…');
    opening.ask(() => host.request('checkpoint/open', { file: chosen(file, choices) }), {
      done: (header) => {
        row.show(header);
        replace(() => {
          if (header.layers.length > 0)
            return new CheckpointView(root, { header, choices, row }, { host, memory: host.memory }).owned;
          explain(emptyState(noLayers(header)), header.leftOut.length > 0);
          return undefined;
        });
      },
      failed: (error) => {
        row.clear('');
        replace(() => {
          explain(errorState(error, opening.retry), Object.keys(choices).length > 0);
          return undefined;
        });
      },
    });
  };
  root.replaceChildren(progressLine());
  open();
  return owned;
};

/** Says why there is no layer. Another rule can help only if the file has candidates. */
function noLayers({ file, tensors, rule, leftOut }: CheckpointHeader): string {
  const name = baseName(file);
  if (leftOut.length === 0)
    return `${name} has ${plural(tensors.length, 'tensor')}, but no prunable layer: no weight has a mask, and no matrix has the name of a weight.`;
  const all = leftOut.length === 1 ? 'the only weight' : `all ${leftOut.length} weights`;
  return `The rule “${rule}” leaves out ${all} of ${name}. Choose another rule above, for example “all matrices”, or a pattern of names.`;
}
