/** The picture of the layer that is chosen in a heatmap, or a sentence instead of it. */
import { Disposables } from '../dispose';
import { h } from '../dom';
import { Persistent } from '../latest';
import { emptyState, errorState } from '../parts/message';
import { LayerView, type LayerViewOptions } from './picture/layerView';
import { Look } from './picture/look';
import { moduleName } from './picture/source';

interface ShownLayer {
  file: string;
  /** The checkpoint in which the layer has the name `layer`. Its order of axes is shown. */
  orderOf: string;
  layer: string;
  /** With another checkpoint, the picture shows flips between the two, otherwise signs. */
  against: string | undefined;
  /** Name of the other checkpoint in the legend. */
  againstName: string;
}

export class ChosenLayer {
  readonly owned = new Disposables();
  readonly element = h('section', { class: 'layer' });
  readonly #options: LayerViewOptions;
  readonly #opened: Persistent;
  #picture: LayerView | undefined;
  #shown = '';

  constructor(options: Omit<LayerViewOptions, 'look'>) {
    this.#options = { ...options, look: new Look() };
    this.#opened = this.owned.add(new Persistent(options.host));
  }

  /** Shows a sentence instead of a picture. */
  say(sentence: string): void {
    this.#shown = sentence;
    this.element.replaceChildren(emptyState(sentence));
  }

  /** Shows a layer. Does nothing if the layer is already shown. */
  show(to: ShownLayer): void {
    const key = JSON.stringify(to);
    if (key === this.#shown) return;
    this.#shown = key;
    const { host } = this.#options;
    this.#opened.ask(() => host.request('checkpoint/open', { file: to.orderOf }), {
      done: ({ label, layers, dense = [] }) => {
        if (key !== this.#shown) return; // a sentence was shown meanwhile
        const layer = [...layers, ...dense].find(({ name }) => name === to.layer);
        if (!layer) {
          this.say(`${label} has no layer ${moduleName(to.layer)}.`);
          return;
        }
        const { against, ...rest } = to;
        const picture = (this.#picture ??= this.#makePicture());
        const { element } = picture.figure;
        if (element.parentNode !== this.element) this.element.replaceChildren(element);
        this.#options.look.open(layer);
        const mode = against === undefined ? 'sign' : 'flips';
        picture.show({ ...rest, layer, mode, largest: 1, ...(against !== undefined && { against }) });
      },
      failed: (error) => {
        if (key === this.#shown) this.element.replaceChildren(errorState(error, this.#opened.retry));
      },
    });
  }

  #makePicture(): LayerView {
    const picture = new LayerView(this.#options);
    this.owned.add(picture.owned);
    return picture;
  }
}
