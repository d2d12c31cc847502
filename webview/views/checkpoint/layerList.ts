/** The list of a checkpoint's layers. It can be sorted by any column, filtered, and grouped by module. */
import type { CheckpointHeader, Inspection } from '../../../engine/protocol';
import { Disposables } from '../../dispose';
import { button, h } from '../../dom';
import type { Host, Memory } from '../../host';
import { filterInput } from '../../parts/filter';
import { LongTable } from '../../parts/longTable';
import { emptyState } from '../../parts/message';
import type { ListNames } from '../../parts/names';
import type { Sort } from '../../parts/sorting';
import type { Column } from '../../parts/table';
import { onThemeChange } from '../../theme';
import { layerColumns, namesOf, overviewColumns } from './layers';
import { groupKeys, layerRows, type LayerRow } from './layerTree';

export interface LayerListOptions {
  root: HTMLElement;
  host: Host;
  header: CheckpointHeader;
  /** Called when the user moves to a row. */
  choose: (row: LayerRow) => void;
  /** Called for Enter or a double click on a layer. */
  open: (row: LayerRow) => void;
}

interface Made {
  rows: LayerRow[];
  columns: Column<LayerRow>[];
  /** The place of each row in `rows`, by its key. */
  places: ReadonlyMap<string, number>;
}

const BY_NAME: Sort = { column: 'layer', descending: false };

export class LayerList {
  readonly owned = new Disposables();
  readonly element: HTMLElement;
  readonly controls: HTMLElement;
  readonly #options: LayerListOptions;
  readonly #names: ListNames;
  readonly #scroll = h('div', { class: 'scroll' });
  readonly #table = this.owned.add(new LongTable<LayerRow>(this.#scroll));
  readonly #grouping: HTMLButtonElement;
  readonly #folding: HTMLElement;
  #inspection: Inspection | undefined;
  #wide = false;
  #selected: string | undefined;
  #filter: string;
  #sort: Sort;
  #grouped: boolean;
  #collapsed: ReadonlySet<string>;
  /** The rows that are listed. Undefined if they must be made again. */
  #rows: Made | undefined;

  constructor(options: LayerListOptions) {
    const { root, host, header } = options;
    this.#options = options;
    this.#names = namesOf(header);
    const settings = settingsIn(host.memory);
    this.#filter = settings.filter;
    this.#sort = settings.sort;
    this.#grouped = settings.grouped;
    this.#collapsed = settings.collapsed;
    const input = filterInput({ root, owned: this.owned }, 'layers', (filter) => {
      this.#change({ filter });
    });
    input.value = this.#filter;
    const group = () => {
      this.#change({ grouped: !this.#grouped });
    };
    this.#grouping = button({ label: 'Group by module', icon: 'list-tree', press: group });
    this.#folding = h(
      'span',
      { class: 'folding' },
      button({ label: 'Expand all groups', icon: 'expand-all', press: () => { this.#change({ collapsed: new Set() }); } }),
      button({ label: 'Collapse all groups', icon: 'collapse-all', press: () => { this.#change({ collapsed: new Set(groupKeys(header)) }); } }),
    ); // prettier-ignore
    this.controls = h('div', { class: 'controls' }, input, this.#grouping, this.#folding);
    this.element = h('section', { class: 'layers', 'aria-label': 'Layers' }, this.controls, this.#scroll);
    this.owned.add(
      onThemeChange(() => {
        this.#rows = undefined;
        this.#draw();
      }),
    );
  }

  /** Returns the listed rows, in their order. */
  get rows(): readonly LayerRow[] {
    return this.#made().rows;
  }

  /** Returns the row with a key, or the first row if no listed row has it. */
  rowOf(key: string): LayerRow | undefined {
    const { rows, places } = this.#made();
    return rows[places.get(key) ?? 0];
  }

  /** Shows statistics and the chosen row. The wide list has all columns. */
  show({ inspection, selected, wide }: { inspection: Inspection | undefined; selected: string; wide: boolean }): void {
    const isNew = inspection !== this.#inspection || wide !== this.#wide;
    const moved = selected !== this.#selected;
    this.#inspection = inspection;
    this.#selected = selected;
    this.#wide = wide;
    if (isNew) this.#rows = undefined;
    this.#draw();
    if (moved || isNew) this.#table.reveal(selected);
  }

  #change(settings: { filter?: string; sort?: Sort; grouped?: boolean; collapsed?: ReadonlySet<string> }): void {
    const { filter, sort, grouped, collapsed } = settings;
    this.#filter = filter ?? this.#filter;
    this.#sort = sort ?? this.#sort;
    this.#grouped = grouped ?? this.#grouped;
    this.#collapsed = collapsed ?? this.#collapsed;
    this.#options.host.remember({ ...settings, ...(collapsed && { collapsed: [...collapsed] }) });
    this.#rows = undefined;
    this.#draw();
  }

  #made(): Made {
    if (this.#rows) return this.#rows;
    const { header } = this.#options;
    const settings = { filter: this.#filter, sort: this.#sort, grouped: this.#grouped, collapsed: this.#collapsed };
    const narrow = layerColumns(this.#names);
    const all = layerRows(header, this.#inspection, { ...settings, total: this.#wide, sort: undefined }, narrow);
    const columns = this.#wide ? overviewColumns(this.#names, all) : narrow;
    const rows = layerRows(header, this.#inspection, { ...settings, total: this.#wide }, columns);
    return (this.#rows = { rows, columns, places: new Map(rows.map(({ key }, place) => [key, place])) });
  }

  #draw(): void {
    this.#grouping.setAttribute('aria-pressed', String(this.#grouped));
    this.#folding.hidden = !this.#grouped;
    const { rows, columns } = this.#made();
    if (rows.length === 0) {
      this.#table.clear(emptyState(`No layer name contains “${this.#filter}”.`));
      return;
    }
    this.#scroll.querySelector('.empty')?.remove();
    const { choose, open } = this.#options;
    this.#table.show({
      rows,
      columns,
      label: 'Layers',
      selected: this.#selected,
      sort: this.#sort,
      onSort: (sort) => {
        this.#change({ sort });
      },
      choose,
      open,
      toggle: ({ key, expanded }) => {
        const collapsed = new Set(this.#collapsed);
        if (expanded) collapsed.add(key);
        else collapsed.delete(key);
        this.#change({ collapsed });
      },
    });
  }
}

function settingsIn({ filter, sort, grouped, collapsed }: Memory) {
  return {
    filter: typeof filter === 'string' ? filter : '',
    sort: isSort(sort) ? sort : BY_NAME,
    grouped: grouped === true,
    collapsed: new Set(
      Array.isArray(collapsed) ? collapsed.filter((key): key is string => typeof key === 'string') : [],
    ),
  };
}

function isSort(value: unknown): value is Sort {
  return (
    typeof value === 'object' &&
    value !== null &&
    'column' in value &&
    typeof value.column === 'string' &&
    'descending' in value
  );
}
