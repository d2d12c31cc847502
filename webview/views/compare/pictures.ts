/** The pictures of one layer of A and B and of their difference, which move together. */
import type { CheckpointRef, LayerHeader, NameMap } from '../../../engine/protocol';
import type { Mode } from '../../charts/cells';
import { Disposables } from '../../dispose';
import { h } from '../../dom';
import type { Host } from '../../host';
import { planesOf } from '../../charts/planes';
import { COARSE } from '../../charts/tiling';
import { LayerView } from '../picture/layerView';
import type { Look } from '../picture/look';
import { tileParams, type PictureSource } from '../picture/source';
import { Arranged } from './arrangement';
import type { Opened } from './compareView';
import { hotSpots } from './hotSpots';
import { checkpointName } from './words';

export interface ShownPair {
  /** The layer, with its name and shape in A. */
  layer: LayerHeader;
  mode: Mode;
  /** Largest |w| of the layer in A and B. */
  largest: number;
}

export class ComparedPictures {
  readonly owned = new Disposables();
  readonly element: HTMLElement;
  readonly arranged: Arranged;
  readonly #host: Host;
  readonly #look: Look;
  /** Layers of A and B that were matched by hand. */
  map: NameMap = [];
  readonly #files: Record<'a' | 'b', CheckpointRef>;
  readonly #views: Record<'a' | 'b' | 'difference', LayerView>;
  #difference: PictureSource | undefined;
  #visited = 0;

  constructor(host: Host, sides: Record<'a' | 'b', Opened>, look: Look) {
    const [a, b] = [sides.a.header, sides.b.header];
    this.#host = host;
    this.#look = look;
    this.#files = { a: sides.a.ref, b: sides.b.ref };
    const view = (heading: string, file: string) => {
      const made = new LayerView({ host, title: heading, heading, file, look });
      this.owned.add(made.owned);
      return made;
    };
    this.#views = {
      a: view(`A · ${checkpointName(a)}`, a.label),
      b: view(`B · ${checkpointName(b)}`, b.label),
      difference: view('Difference', `${a.label}-${b.label}`),
    };
    const figures = Object.entries(this.#views).map(([side, { figure }]) => {
      figure.element.classList.add(`side-${side}`);
      return figure.element;
    });
    this.element = h('div', { class: 'pictures' }, ...figures);
    this.arranged = new Arranged(this.element);
    this.owned.add(this.arranged.owned);
  }

  show({ layer, mode, largest }: ShownPair): void {
    const { a, b } = this.#files;
    const common = { layer, mode, largest, ...(this.map.length > 0 && { map: this.map }) };
    this.#views.a.show({ ...common, file: a, against: b, againstName: 'B' });
    this.#views.b.show({ ...common, file: b, against: a, againstName: 'A', orderOf: a });
    if (this.#difference?.layer.name !== layer.name) this.#visited = 0;
    this.#difference = { ...common, mode: 'difference', file: a, against: b, againstName: 'B' };
    this.#views.difference.show(this.#difference);
  }

  /** Shows the region where A and B differ most. Each further call shows the region with the next most differences. */
  async jump(): Promise<void> {
    const source = this.#difference;
    if (!source) return;
    const { columns: width, rows: height } = source.layer;
    const region = { x: 0, y: 0, width, height };
    const params = { ...tileParams(source), region, maxSize: COARSE };
    const tile = await this.#host.request('checkpoint/picture', params);
    const places = hotSpots(tile, planesOf(tile));
    const place = places[this.#visited % places.length];
    if (!place || source !== this.#difference) return;
    this.#visited++;
    this.#look.showRegion(place);
  }
}
