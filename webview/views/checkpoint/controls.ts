/** The controls of the checkpoint panel: filter, order, modes, actions. */
import type { CheckpointHeader, Inspection } from '../../../engine/protocol';
import type { Mode } from '../../charts/cells';
import { button, h } from '../../dom';
import type { Host } from '../../host';
import type { FileChoices } from '../../protocol';
import { filterInput, type FilterPlace } from '../../parts/filter';
import { tableButtons } from '../../parts/tableTools';
import { layersTable, type LayerOrder } from './layers';
import { pythonOf } from './python';

const ORDERS: readonly (readonly [LayerOrder, string])[] = [
  ['name', 'in natural order'],
  ['file', 'as in the file'],
  ['sparsest', 'sparsest first'],
  ['largest', 'largest first'],
];

/** Makes the buttons that save the list of layers. */
export function layerExports(
  host: Host,
  header: CheckpointHeader,
  inspection: () => Inspection | undefined,
): HTMLElement {
  const buttons = tableButtons({
    host,
    file: () => `${header.label}-layers`.replaceAll('/', '-'),
    data: () => layersTable(header, inspection()),
    provenance: () => ({ title: `Layers of ${header.label}`, files: [header.file] }),
    failed: () => undefined,
  });
  return h('div', { class: 'figure-tools', role: 'toolbar', 'aria-label': 'Layers: export' }, ...buttons);
}

export interface ListControls {
  order: LayerOrder;
  filter: (text: string) => void;
  sort: (order: LayerOrder) => void;
}

/** Creates the filter and the choice of the order. The key `/` focuses the filter from anywhere in the panel. */
export function listControls(place: FilterPlace, { order, filter, sort }: ListControls): HTMLElement {
  const input = filterInput(place, 'layers', filter);
  const options = ORDERS.map(([value, label]) => h('option', { value, selected: value === order }, label));
  const select = h('select', { 'aria-label': 'Order of layers' }, ...options);
  select.addEventListener('change', () => {
    sort(select.value as LayerOrder);
  });
  return h('div', { class: 'controls' }, input, select);
}

/** Returns the modes in which a checkpoint can be drawn. The mode `flips` needs the initialization. */
export function modesOf(initialization: boolean): { value: Mode; label: string }[] {
  const modes: { value: Mode; label: string }[] = [
    { value: 'sign', label: 'sign' },
    { value: 'mask', label: 'mask' },
    { value: 'weight', label: 'weight' },
    { value: 'magnitude', label: '|weight|' },
  ];
  return initialization ? [...modes, { value: 'flips', label: 'flips since init' }] : modes;
}

/** Creates the buttons of a checkpoint: open its run, compare, transfer. A transfer always uses the default rule and state dict. */
export function actionsOf(host: Host, header: CheckpointHeader, choices: FileChoices): HTMLElement {
  const { file, run } = header;
  const { layers } = choices;
  const actions = h('div', { class: 'actions' });
  const previous = run?.previous ?? run?.initialization;
  if (run) {
    const press = () => {
      host.act({ action: 'openRun', directory: run.directory });
    };
    actions.append(button({ label: 'Open run', icon: 'graph-line', text: true, press }));
  }
  if (previous !== undefined && previous !== file) {
    const label = run?.previous ? 'Compare with the previous round' : 'Compare with the initialization';
    const press = () => {
      host.act({ action: 'compare', a: previous, b: file, ...(layers !== undefined && { layers }) });
    };
    actions.append(button({ label, icon: 'compare-changes', text: true, press }));
  }
  const transfer = () => {
    host.act({ action: 'transfer', file });
  };
  const isDefault = Object.keys(choices).length === 0;
  const transferLabel = `Transfer signed mask${isDefault ? '' : ' (default layers)'}`;
  actions.append(button({ label: transferLabel, icon: 'repo-forked', text: true, press: transfer }));
  const text = pythonOf(header);
  if (text !== undefined) {
    const press = () => {
      host.act({ action: 'copy', text, what: 'Python that loads these masks' });
    };
    actions.append(button({ label: 'Copy as Python', icon: 'copy', text: true, press }));
  }
  return actions;
}
