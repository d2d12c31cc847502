/** The controls of the checkpoint panel: exports, pages, modes, actions. */
import type { CheckpointHeader, Inspection } from '../../../engine/protocol';
import type { Mode } from '../../charts/cells';
import { button, h } from '../../dom';
import type { Host } from '../../host';
import type { FileChoices } from '../../protocol';
import { choice } from '../../parts/choice';
import { EXPORT_RATIO, pngOf } from '../../parts/picture';
import { saveButton, tableButtons } from '../../parts/tableTools';
import { layersTable } from './layers';
import type { LayerRow } from './layerTree';
import { listPicture } from './listPicture';
import { pythonOf } from './python';

/** The pages of the panel: the picture of a layer, or all layers in numbers. */
export const PAGES = ['layer', 'overview'] as const;
export type Page = (typeof PAGES)[number];

/** Makes the choice of the page. */
export function pageChoice(chosen: Page, choose: (page: Page) => void): HTMLElement {
  const items: { value: Page; label: string; title: string }[] = [
    { value: 'layer', label: 'layer', title: 'The picture of one layer' },
    {
      value: 'overview',
      label: 'overview',
      title: 'All layers in numbers, their magnitudes, and the size of the file',
    },
  ];
  return choice({ label: 'Page', items, chosen, choose });
}

export interface ListExports {
  header: CheckpointHeader;
  inspection: () => Inspection | undefined;
  /** The listed rows, for pictures. Tables have all layers. */
  rows: () => readonly LayerRow[];
}

/** Makes the buttons that save the list of layers. */
export function layerExports(host: Host, { header, inspection, rows }: ListExports): HTMLElement {
  const file = () => `${header.label}-layers`.replaceAll('/', '-');
  const title = `Layers of ${header.label}`;
  const buttons = tableButtons({
    host,
    file,
    data: () => layersTable(header, inspection()),
    provenance: () => ({ title, files: [header.file] }),
    failed: () => undefined,
  });
  const picture = () => listPicture(rows(), title);
  const save = (ending: string, content: string, encoding: 'utf8' | 'base64') => {
    host.act({ action: 'save', name: `${file()}.${ending}`, content, encoding });
  };
  const svg = saveButton('SVG', 'SVG', () => {
    save('svg', picture(), 'utf8');
  });
  const png = saveButton('PNG', 'PNG', () => {
    pngOf(picture(), EXPORT_RATIO).then(
      (content) => {
        save('png', content, 'base64');
      },
      () => {
        png.disabled = true;
        png.title = 'The picture could not be saved as PNG. Save it as SVG instead.';
      },
    );
  });
  const tools = { class: 'figure-tools', role: 'toolbar', 'aria-label': 'Layers: export' };
  return h('div', tools, svg, png, ...buttons);
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

/** Creates the buttons of a checkpoint: open its run, compare, transfer. A transfer uses the layers and the state dict that are shown. */
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
  actions.append(button({ label: 'Transfer signed mask', icon: 'repo-forked', text: true, press: transfer }));
  const text = pythonOf(header);
  if (text !== undefined) {
    const press = () => {
      host.act({ action: 'copy', text, what: 'Python that loads these masks' });
    };
    actions.append(button({ label: 'Copy as Python', icon: 'copy', text: true, press }));
  }
  return actions;
}
