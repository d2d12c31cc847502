/** Matches layers of A and B by hand, if their names differ too much for the rules. */
import type { CheckpointHeader, Comparison, LayerHeader, NameMap } from '../../../engine/protocol';
import { button, h, setText } from '../../dom';
import { plural } from '../../format';
import { moduleName } from '../picture/source';

type Headers = Record<'a' | 'b', CheckpointHeader>;

/** Returns the matches whose layers are in both files. The others are kept, because a file may be replaced by another version. */
export function usable(map: NameMap, { a, b }: Headers): NameMap {
  const [namesA, namesB] = [a, b].map(({ layers }) => new Set(layers.map(({ name }) => name)));
  return map.filter(([nameA, nameB]) => namesA!.has(nameA) && namesB!.has(nameB));
}

/** Whether a layer can be compared with another: same lengths of axes, in any order, without those of length 1. */
export function fits({ shape: a }: LayerHeader, { shape: b }: LayerHeader): boolean {
  const lengths = (shape: readonly number[]) => shape.filter((length) => length !== 1).sort((x, y) => x - y);
  return lengths(a).join() === lengths(b).join();
}

/** A section with two lists of layers without a partner, and the list of the layers that were matched by hand. */
export class HandMatching {
  readonly element: HTMLElement;
  readonly #headers: Headers;
  readonly #change: (map: NameMap, shown?: string) => void;
  readonly #summary = h('summary');
  readonly #a = h('select', { 'aria-label': 'Layer of A' });
  readonly #b = h('select', { 'aria-label': 'Layer of B' });
  readonly #hint = h('p', { role: 'status' });
  readonly #match: HTMLButtonElement;
  readonly #list = h('ul', { 'aria-label': 'Matched by hand' });
  readonly #form: HTMLElement;
  #map: NameMap = [];
  #unmatchedB: LayerHeader[] = [];

  /** `change` receives all matches, and the name of a new one in A. */
  constructor(headers: Headers, change: (map: NameMap, shown?: string) => void, open: boolean) {
    this.#headers = headers;
    this.#change = change;
    this.#match = button({ label: 'Match', press: this.#add });
    this.#a.addEventListener('change', this.#showPartners);
    this.#b.addEventListener('change', this.#say);
    this.#form = h(
      'div',
      { class: 'matching-form' },
      ...[h('label', { class: 'control' }, 'A', this.#a), h('label', { class: 'control' }, 'B', this.#b)],
      ...[this.#match, this.#hint],
    );
    this.element = h('details', { class: 'matching', hidden: true, open }, this.#summary, this.#form, this.#list);
  }

  /** Shows the layers without a partner, and the matches by hand. */
  show(unmatched: Comparison['unmatched'], map: NameMap): void {
    this.#map = map;
    const [layersA, layersB] = (['a', 'b'] as const).map((side) => {
      const names = new Set(unmatched.filter((one) => one.side === side).map(({ name }) => name));
      return this.#headers[side].layers.filter(({ name }) => names.has(name));
    });
    this.#unmatchedB = layersB!;
    const possible = layersA!.length > 0 && layersB!.length > 0;
    this.element.hidden = !possible && map.length === 0;
    this.#form.hidden = !possible;
    const counts = [
      ...(possible ? [`${plural(layersA!.length, 'layer')} of A and ${layersB!.length} of B have no partner`] : []),
      ...(map.length > 0 ? [`${map.length} matched by hand`] : []),
    ];
    setText(this.#summary, `Match layers by hand: ${counts.join(', ')}`);
    const chosen = this.#a.value;
    this.#a.replaceChildren(...layersA!.map(optionOf));
    if (layersA!.some(({ name }) => name === chosen)) this.#a.value = chosen;
    this.#showPartners();
    const known = usable(map, this.#headers);
    this.#list.replaceChildren(...map.map((pair) => this.#row(pair, known.includes(pair))));
  }

  get #layerA(): LayerHeader | undefined {
    return this.#headers.a.layers.find(({ name }) => name === this.#a.value);
  }

  /** Offers the layers of B, those that fit the chosen layer of A first. The others cannot be chosen. */
  readonly #showPartners = (): void => {
    const a = this.#layerA;
    const fitting = this.#unmatchedB.filter((b) => a && fits(a, b));
    const others = this.#unmatchedB.filter((b) => !fitting.includes(b));
    const disabled = others.map((layer) => {
      const option = optionOf(layer);
      option.disabled = true;
      return option;
    });
    this.#b.replaceChildren(...fitting.map(optionOf), ...disabled);
    this.#b.value = fitting[0]?.name ?? '';
    this.#say();
  };

  readonly #say = (): void => {
    const a = this.#layerA;
    const fitting = this.#b.value !== '';
    this.#match.setAttribute('aria-disabled', String(!fitting));
    setText(this.#hint, a && !fitting ? `No layer of B without a partner has the shape ${shapeOf(a)}.` : '');
  };

  readonly #add = (): void => {
    const [a, b] = [this.#a.value, this.#b.value];
    if (a !== '' && b !== '') this.#change([...this.#map.filter(([nameA]) => nameA !== a), [a, b]], a);
  };

  #row(pair: NameMap[number], known: boolean): HTMLElement {
    const [a, b] = pair.map(moduleName);
    const words = `${a} = ${b}`;
    const remove = button({
      label: `Remove the match ${words}`,
      icon: 'close',
      press: () => {
        this.#change(this.#map.filter((other) => other !== pair));
        (this.#form.hidden ? this.#summary : this.#a).focus();
      },
    });
    return h('li', {}, `${words}, matched by hand${known ? '' : ' (not in the files now)'}`, remove);
  }
}

function optionOf(layer: LayerHeader): HTMLOptionElement {
  return h('option', { value: layer.name }, `${moduleName(layer.name)} · ${shapeOf(layer)}`);
}

function shapeOf({ shape }: LayerHeader): string {
  return shape.join(' × ');
}
