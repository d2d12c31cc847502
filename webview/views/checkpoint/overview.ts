/** The figures of the overview: magnitudes and bytes of the chosen layer, group, or of all layers. */
import type { CheckpointHeader, Inspection } from '../../../engine/protocol';
import { drawHistogram } from '../../charts/histogram';
import { drawStackedBars } from '../../charts/stackedBars';
import { Disposables } from '../../dispose';
import { h } from '../../dom';
import { bytes } from '../../format';
import type { Host } from '../../host';
import { Figure } from '../../parts/figure';
import { ramp, readTheme } from '../../theme';
import type { LayerRow } from './layerTree';
import { binsOf, magnitudesCaption, magnitudesOf, magnitudesTable, marksOf } from './magnitudes';
import { STORED, storageBars, storageOf, storageSentence, storageTable } from './storage';

/** Lightness of the parts of a bar, from the weights to the rest of the file. */
const SHARES = [0.75, 0.55, 0.38, 0.22, 0.08];

export class OverviewFigures {
  readonly owned = new Disposables();
  readonly element: HTMLElement;
  readonly #header: CheckpointHeader;
  readonly #magnitudes: Figure;
  readonly #storage: Figure;
  #inspection: Inspection | undefined;
  #row: LayerRow | undefined;
  /** Height that the bars needed when they were drawn last. */
  #needed = 0;

  constructor(host: Host, header: CheckpointHeader) {
    this.#header = header;
    const common = (what: string) => ({ host, file: () => this.#fileName(what), files: () => [header.file] });
    this.#magnitudes = this.owned.add(
      new Figure({
        ...common('magnitudes'),
        title: 'Magnitudes',
        heading: () => `Magnitudes · ${this.#row?.label ?? ''}`,
        draw: (body, { width, height }) => {
          this.#drawMagnitudes(body, { width, height });
        },
        data: () => magnitudesTable(this.#row && magnitudesOf(this.#inspection, this.#row)),
        caption: () => (this.#row && this.#inspection ? magnitudesCaption(this.#inspection, this.#row) : ''),
      }),
    );
    this.#storage = this.owned.add(
      new Figure({
        ...common('storage'),
        title: 'Why is the file not smaller?',
        draw: (body, { width }) => {
          this.#drawStorage(body, width);
        },
        used: () => ({ width: this.#storage.body.clientWidth, height: this.#needed }),
        data: () => storageTable(this.#row && storageOf(this.#inspection, this.#row)),
        caption: () =>
          this.#row && this.#inspection
            ? storageSentence(storageOf(this.#inspection, this.#row), this.#row)
            : 'Reading the weights…',
      }),
    );
    this.#magnitudes.element.classList.add('magnitudes');
    this.#storage.element.classList.add('storage');
    this.element = h('section', { class: 'overview-figures' }, this.#magnitudes.element, this.#storage.element);
  }

  /** Shows the numbers of a row. They are empty until the weights have been read. */
  show(inspection: Inspection | undefined, row: LayerRow | undefined): void {
    this.#inspection = inspection;
    this.#row = row;
    this.#magnitudes.refresh();
    this.#storage.refresh();
  }

  #fileName(what: string): string {
    const part = this.#row && this.#row.layers.length !== this.#header.layers.length ? `-${this.#row.key}` : '';
    return `${this.#header.label}${part}-${what}`.replace(/[^\p{L}\p{N}._+-]+/gu, '-');
  }

  #drawMagnitudes(body: HTMLElement, size: { width: number; height: number }): void {
    const magnitudes = this.#row && magnitudesOf(this.#inspection, this.#row);
    drawHistogram(body, {
      ...size,
      label: `Magnitudes of ${this.#row?.label ?? ''}`,
      xLabel: '|w|',
      yLabel: 'kept weights',
      bins: magnitudes ? binsOf(magnitudes) : [],
      marks: magnitudes ? marksOf(magnitudes) : [],
    });
  }

  #drawStorage(body: HTMLElement, width: number): void {
    const theme = readTheme();
    const storage = this.#row && storageOf(this.#inspection, this.#row);
    this.#needed = drawStackedBars(body, {
      width,
      label: `Bytes of ${this.#row?.label ?? ''}`,
      bars: storage ? storageBars(storage) : [],
      kinds: STORED.map((label, place) => ({ label, color: ramp(SHARES[place]!, theme), outline: theme.muted })),
      format: bytes,
    });
    body.style.height = `${Math.max(1, this.#needed)}px`;
  }
}
