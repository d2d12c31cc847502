/** The signs that the start network of a transfer shares with its ticket: a sentence in all, and a table by layer. */
import type { RunSnapshot } from '../../../engine/protocol';
import {
  agreementOfRun,
  agreementSentences,
  type Agreement,
  type LayerAgreement,
} from '../../../engine/vocabulary/transferSigns';
import { h } from '../../dom';
import { count, percent } from '../../format';
import { drawTable, type Column } from '../../parts/table';

export class SignsTable {
  readonly element = h('section', { class: 'signs', 'aria-label': 'Signs of the checkpoint' });
  readonly #words = h('p', { class: 'note' });
  readonly #table = h('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'Signs by layer' });

  /** Draws the signs of a transfer. For other runs, and runs of earlier versions, nothing is shown. */
  refresh(run: RunSnapshot): void {
    const agreement = agreementOfRun(run);
    if (!agreement || agreement.kept === 0) {
      this.element.replaceChildren();
      return;
    }
    if (!this.element.hasChildNodes())
      this.element.append(h('h2', {}, 'Signs of the checkpoint'), this.#words, this.#table);
    this.#words.textContent = agreementSentences(agreement).join(' ');
    const columns = agreement.initialization ? [...COLUMNS, ...INITIAL] : COLUMNS;
    drawTable(this.#table, agreement.layers, { columns, key: ({ name }) => name, label: 'Signs by layer' });
  }
}

const BY_CHANCE =
  'share to expect by chance: 50 % for random signs, else as if the signs were shuffled within the layer';

const COLUMNS: Column<LayerAgreement>[] = [
  { title: 'layer', text: ({ name }) => name },
  { title: 'kept', hint: 'kept weights that are not 0', numeric: true, text: ({ kept }) => count(kept) },
  ...columnsOf(
    'same sign',
    (layer) => layer,
    'share of kept weights of the start network with the sign of the checkpoint',
  ),
];

const INITIAL = columnsOf(
  'same as init',
  ({ initialization }) => initialization,
  'share of kept weights whose sign in the checkpoint is that of the initialization it was trained from',
);

function columnsOf(
  title: string,
  of: (layer: LayerAgreement) => Agreement | undefined,
  hint: string,
): Column<LayerAgreement>[] {
  return [
    { title, hint, numeric: true, text: (layer) => percent((of(layer)?.sameSign ?? NaN) / layer.kept) },
    { title: `${title} by chance`, hint: BY_CHANCE, numeric: true, text: (layer) => percent(of(layer)?.chance ?? NaN) },
  ];
}
