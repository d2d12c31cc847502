/** The table of barriers: a row for each definition of one pair, or for each of several pairs. */
import { h } from '../../dom';
import type { Host } from '../../host';
import { drawTable } from '../../parts/table';
import { tableButtons } from '../../parts/tableTools';
import type { Path } from './curves';
import { barriersOf, barrierTable, checkpointNames, DEFINITION_COLUMNS, pairColumns } from './pairs';

export class BarrierTable {
  readonly element: HTMLElement;
  readonly #list = h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Barriers: table' });
  readonly #bring: (directory: string | undefined) => void;
  #paths: readonly Path[] = [];

  /** `bring` receives the directory of the run whose row has the pointer or the focus. */
  constructor(host: Host, bring: (directory: string | undefined) => void) {
    this.#bring = bring;
    for (const event of ['pointerover', 'focusin'] as const)
      this.#list.addEventListener(event, ({ target }) => {
        bring((target as Element).closest('tr')?.dataset['key']);
      });
    for (const event of ['pointerleave', 'focusout'] as const)
      this.#list.addEventListener(event, () => {
        bring(undefined);
      });
    const exports = tableButtons({
      host,
      file: () => 'barriers',
      data: () => barrierTable(this.#paths),
      provenance: () => ({
        title: 'Barriers',
        files: this.#paths.flatMap(({ run }) => run.sources.map(({ file }) => file)),
      }),
      failed: () => undefined,
    });
    const tools = h('div', { class: 'figure-tools', role: 'toolbar', 'aria-label': 'Barriers: export' }, ...exports);
    const heading = h('header', {}, h('h2', {}, 'Barriers'), tools);
    this.element = h('section', { class: 'barriers', 'aria-label': 'Barriers' }, heading, this.#list);
  }

  /** Shows the barriers. They are unknown until a run has its result. */
  refresh(paths: readonly Path[], several: boolean): void {
    this.#paths = paths;
    const [only] = paths;
    this.element.hidden = !several && (!only || barriersOf(only.run).length === 0);
    if (several) {
      const columns = pairColumns(checkpointNames(paths.map(({ run }) => run)));
      const onSelect = ({ run }: Path) => {
        this.#bring(run.directory);
      };
      drawTable(this.#list, paths, { columns, key: ({ run }) => run.directory, label: 'Barriers', onSelect });
    } else if (only) {
      const options = { columns: DEFINITION_COLUMNS, key: ({ name }: { name: string }) => name, label: 'Barriers' };
      drawTable(this.#list, barriersOf(only.run), options);
    }
  }
}
