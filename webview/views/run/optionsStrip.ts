/** How a run was trained, in one line: what differs from the defaults or from another run, its backend, seeds and files. */
import type { ListedRun, RelatedSnapshot } from '../../../engine/protocol';
import { backendText } from '../../../engine/vocabulary/backendWords';
import { seedText } from '../../../engine/vocabulary/seeds';
import { button, h } from '../../dom';
import type { Host } from '../../host';
import type { PanelAction } from '../../protocol';

/** Options that the title of the panel has. */
const IN_TITLE = ['method', 'model.model', 'model', 'dataset', 'seed', 'dataSeed'];
/** Value of the choice that stands for the defaults. */
const DEFAULTS = '';
/** Name of a value that is not given. */
const DEFAULT = 'default';

/** Returns the options by name, for example `model.width`. Lists are one value: `8-16`. */
export function flatOptions(options: object, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(options).flatMap(([name, value]: [string, unknown]): [string, string][] => {
      const key = prefix + name;
      if (Array.isArray(value)) return [[key, value.map(String).join('-')]];
      if (typeof value === 'object' && value !== null) return [...flatOptions(value, `${key}.`)];
      return [[key, String(value)]];
    }),
  );
}

export interface OptionDifference {
  name: string;
  value: string;
  /** The value of the other run. Undefined if the options are compared with the defaults. */
  other?: string;
}

/** Returns the options that differ from the defaults, or from those of another run. Seeds and what the title says are left out. */
export function optionDifferences(run: ListedRun | RelatedSnapshot, other?: ListedRun): OptionDifference[] {
  const [mine, theirs] = [flatOptions(run.options), other && flatOptions(other.options)];
  const names = [...new Set([...mine.keys(), ...(theirs?.keys() ?? [])])];
  return names
    .filter((name) => !IN_TITLE.includes(name))
    .map((name) => ({
      name,
      value: mine.get(name) ?? DEFAULT,
      ...(theirs && { other: theirs.get(name) ?? DEFAULT }),
    }))
    .filter(({ value, other: theirValue }) => value !== theirValue);
}

export interface OptionsSource {
  host: Host;
  run: RelatedSnapshot;
  /** Runs to compare with. */
  runs: readonly ListedRun[];
}

export class OptionsStrip {
  readonly element = h('section', { class: 'options', 'aria-label': 'Options' });
  readonly #against = h('select', { 'aria-label': 'Compare the options with' });
  readonly #list = h('ul', { class: 'option-list' });
  readonly #where = h('p', { class: 'option-facts' });
  readonly #remember: (against: string) => void;
  #chosen: string;
  #source: OptionsSource | undefined;

  constructor(chosen: string, remember: (against: string) => void) {
    this.#chosen = chosen;
    this.#remember = remember;
    this.#against.addEventListener('change', () => {
      this.#chosen = this.#against.value;
      this.#remember(this.#chosen);
      this.#draw();
    });
    const label = h('label', { class: 'control' }, 'Options that differ from', this.#against);
    this.element.append(label, this.#list, this.#where);
  }

  refresh(source: OptionsSource): void {
    this.#source = source;
    this.#offer();
    this.#draw();
  }

  #others(): ListedRun[] {
    const { run, runs } = this.#source!;
    return runs.filter(({ directory, kind }) => directory !== run.directory && kind === run.kind);
  }

  /** Offers the runs of the same kind. The list is built again only if it has changed, because that would close it. */
  #offer(): void {
    const others = this.#others();
    const offered = [DEFAULTS, ...others.map(({ directory }) => directory)];
    const names = ['the defaults', ...others.map(({ name }) => name)];
    const key = JSON.stringify([offered, names]);
    if (this.#against.dataset['key'] === key) return;
    this.#against.dataset['key'] = key;
    this.#against.replaceChildren(...offered.map((value, place) => h('option', { value }, names[place])));
    this.#against.value = offered.includes(this.#chosen) ? this.#chosen : DEFAULTS;
  }

  #draw(): void {
    const source = this.#source;
    if (!source) return;
    const other = this.#others().find(({ directory }) => directory === this.#chosen);
    const differences = optionDifferences(source.run, other);
    const items = differences.map(({ name, value, other: theirs }) =>
      h(
        'li',
        { title: theirs === undefined ? undefined : `${source.run.name}: ${value}\n${other!.name}: ${theirs}` },
        h('span', { class: 'option-name' }, name),
        ` ${value}`,
        theirs !== undefined && h('span', { class: 'option-other' }, ` there ${theirs}`),
      ),
    );
    this.#list.replaceChildren(...(items.length > 0 ? items : [h('li', {}, 'none')]));
    const facts = factsOf(source);
    const text = facts.map((fact) => (typeof fact === 'string' ? fact : fact.textContent)).join('');
    if (this.#where.textContent !== text) this.#where.replaceChildren(...facts); // a link keeps its focus
  }
}

/** Returns backend, seeds, source and files. */
function factsOf({ host, run }: OptionsSource): (Node | string)[] {
  const { backend, directory, sources, kind } = run;
  const link = (label: string, action: PanelAction) => {
    const press = () => {
      host.act(action);
    };
    const made = button({ label, press });
    made.className = 'link';
    return made;
  };
  const facts: (Node | string)[][] = [
    [`seed ${seedText(run)}`],
    ...(backend ? [[backendText(backend)]] : []),
    ...(kind === 'connectivity'
      ? []
      : sources.map(({ label, file }) => ['from ', link(label, { action: 'openCheckpoint', file })])),
    [link('run.json', { action: 'openRunFile', directory })],
  ];
  return facts.flatMap((fact, place) => (place === 0 ? fact : [' · ', ...fact]));
}
