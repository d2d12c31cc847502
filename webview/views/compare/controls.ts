/** The header and the controls of the compare panel. */
import { MASK_CHANCE, SIGMA, SIGN_CHANCE } from '../../../engine/vocabulary/chance';
import type { CheckpointHeader, LayerComparison } from '../../../engine/protocol';
import type { Mode } from '../../charts/cells';
import { button, h, setAttribute } from '../../dom';
import type { Host } from '../../host';
import { choice } from '../../parts/choice';
import { filterInput, type FilterPlace } from '../../parts/filter';
import { tableButtons } from '../../parts/tableTools';
import { modesOf } from '../checkpoint/controls';
import { ARRANGEMENT_ITEMS, type Arrangement } from './arrangement';
import { comparisonTable } from './layers';
import { checkpointName } from './words';

type Headers = Record<'a' | 'b', CheckpointHeader>;

export interface CompareActions {
  title: HTMLElement;
  element: HTMLElement;
  /** Disables the measurement for a reason, or enables it. */
  connectable: (reason: string | undefined) => void;
}

/** Makes the title and the buttons for what can be done with A and B. */
export function compareActions(host: Host, { a, b }: Headers, { swap }: { swap: () => void }): CompareActions {
  const label = 'Measure connectivity';
  const measure = button({
    label,
    icon: 'graph-line',
    text: true,
    press: () => {
      if (measure.getAttribute('aria-disabled') !== 'true') host.act({ action: 'connectivity', a: a.file, b: b.file });
    },
  });
  const swapping = button({ label: 'Swap A and B', icon: 'arrow-swap', text: true, press: swap });
  const sideOf = (side: 'A' | 'B', header: CheckpointHeader) =>
    h('span', { class: `side-name side-${side.toLowerCase()}` }, `${side} ${checkpointName(header)}`);
  return {
    title: h('h1', {}, 'Compare · ', sideOf('A', a), ' · ', sideOf('B', b)),
    element: h('div', { class: 'actions' }, measure, swapping),
    connectable: (why) => {
      setAttribute(measure, 'aria-disabled', why === undefined ? undefined : 'true');
      measure.title = why ?? label;
      setAttribute(measure, 'aria-description', why);
    },
  };
}

export interface CompareControls {
  host: Host;
  headers: Headers;
  mode: Mode;
  arrangement: Arrangement;
  layers: () => readonly LayerComparison[];
  filter: (text: string) => void;
  choose: (mode: Mode) => void;
  arrange: (arrangement: Arrangement) => void;
  jump: () => Promise<void>;
  arrangementControls: HTMLElement;
}

/** Makes the controls above the table and those above the pictures. */
export function compareControls(place: FilterPlace, options: CompareControls) {
  const { host, headers, mode, arrangement, layers, filter, choose, arrange, jump, arrangementControls } = options;
  const { a, b } = headers;
  const exports = tableButtons({
    host,
    file: () => `${a.label}-${b.label}-layers`.replaceAll('/', '-'),
    data: () => comparisonTable(layers()),
    provenance: () => ({ title: `A ${checkpointName(a)}, B ${checkpointName(b)}`, files: [a.file, b.file] }),
    failed: () => undefined,
  });
  const chance = h(
    'span',
    { class: 'definition', title: `${MASK_CHANCE}\n${SIGN_CHANCE}\n${SIGMA}` },
    'What is chance?',
  );
  const tools = h('div', { class: 'figure-tools', role: 'toolbar', 'aria-label': 'Layers: export' }, ...exports);
  const jumping = button({
    label: 'Largest disagreement',
    icon: 'target',
    text: true,
    press: () => {
      jump().catch(() => undefined); // the picture shows the same error
    },
  });
  return {
    table: h('div', { class: 'controls' }, filterInput(place, 'layers', filter), chance, tools),
    pictures: h(
      'div',
      { class: 'picture-controls' },
      choice({ label: 'Picture of A and B', items: modesOf(false), chosen: mode, choose }),
      choice({ label: 'Arrangement', items: ARRANGEMENT_ITEMS, chosen: arrangement, choose: arrange }),
      arrangementControls,
      jumping,
    ),
  };
}
