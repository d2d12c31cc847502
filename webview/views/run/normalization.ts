/** The table of ψ, the scales and shifts of the normalization layers, after one round of a run. */
import type { NormalizationLayer, RunSnapshot, Spread } from '../../../engine/protocol';
import { h } from '../../dom';
import { number, percent } from '../../format';
import { drawTable, type Column } from '../../parts/table';

export class NormalizationTable {
  readonly element = h('section', { class: 'normalization', 'aria-label': 'Normalization' });
  readonly #title = h('h2');
  readonly #table = h('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'Normalization layers' });

  /** Draws the chosen round, or the last one. Without recorded ψ, nothing is shown. */
  refresh({ rounds, kind }: RunSnapshot, selected: number | undefined): void {
    const shown = rounds.find(({ round }) => round === selected) ?? rounds.at(-1);
    const layers = shown?.normalization ?? [];
    if (layers.length === 0) {
      this.element.replaceChildren();
      return;
    }
    if (!this.element.hasChildNodes()) this.element.append(this.#title, this.#table);
    this.#title.textContent = `Normalization layers (ψ) ${kind === 'train' ? 'after training' : `after round ${shown!.round}`}`;
    drawTable(this.#table, layers, { columns: COLUMNS, key: ({ name }) => name, label: 'Normalization layers' });
  }
}

/** The cell of a layer that has no scale or no shift. */
const NONE = '–';

const COLUMNS: Column<NormalizationLayer>[] = [
  { title: 'layer', text: ({ name }) => name },
  ...spreadColumns('scale', ({ scale }) => scale),
  {
    title: 'scales < 0',
    hint: 'share of the scales below 0',
    numeric: true,
    text: ({ negativeScales }) => (negativeScales === undefined ? NONE : percent(negativeScales)),
  },
  ...spreadColumns('shift', ({ shift }) => shift),
  {
    title: 'from init',
    hint: 'L2 distance of scale and shift from ψ_init, towards which aws interpolates',
    numeric: true,
    text: ({ distance }) => number(distance),
  },
];

function spreadColumns(
  part: 'scale' | 'shift',
  of: (layer: NormalizationLayer) => Spread | undefined,
): Column<NormalizationLayer>[] {
  const text = (format: (spread: Spread) => string) => (layer: NormalizationLayer) => {
    const spread = of(layer);
    return spread ? format(spread) : NONE;
  };
  return [
    {
      title: part,
      hint: `mean ± standard deviation of the ${part} over the channels`,
      numeric: true,
      text: text(({ mean, deviation }) => `${number(mean)} ± ${number(deviation)}`),
    },
    {
      title: `range of the ${part}`,
      numeric: true,
      text: text(({ min, max }) => `${number(min)} to ${number(max)}`),
    },
  ];
}
