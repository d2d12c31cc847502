/** A figure: a chart with title, table, export and caption. It redraws itself when its size or the theme changes. */
import { Disposables, type Disposable } from '../dispose';
import { button, h, setText } from '../dom';
import type { Host } from '../host';
import { onThemeChange } from '../theme';
import { csv, tableElement, type DataTable } from './dataTable';
import { pngOf, svgDocument } from './picture';

export interface Size {
  width: number;
  height: number;
}

export interface FigureOptions {
  title: string;
  /** File name of an export, without its extension. */
  file: string;
  host: Host;
  draw: (body: HTMLElement, size: Size) => void;
  data: () => DataTable;
  /** Returns the caption. It should explain the chart without the panel around it, as in a paper. */
  caption: () => string;
  /** Controls of this chart, shown beside the title. */
  controls?: HTMLElement;
}

/** A figure with its toolbar. `refresh` redraws it with the next animation frame. */
export class Figure implements Disposable {
  readonly element: HTMLElement;
  readonly body = h('div', { class: 'figure-body' });
  readonly #table = h('div', { class: 'figure-table', hidden: true });
  readonly #caption = h('figcaption');
  readonly #toggle: HTMLButtonElement;
  readonly #owned = new Disposables();
  readonly #options: FigureOptions;
  #frame: number | undefined;

  constructor(options: FigureOptions) {
    this.#options = options;
    this.#toggle = button({ label: 'Show as table (T)', icon: 'table', press: this.toggleTable });
    this.#toggle.setAttribute('aria-pressed', 'false');
    this.element = h('figure', { 'aria-label': options.title }, this.#header(), this.body, this.#table, this.#caption);
    this.#owned.listen(this.element, 'keydown', this.#key);
    this.#owned.add(onThemeChange(this.refresh));
    const observer = new ResizeObserver(this.refresh);
    observer.observe(this.body);
    this.#owned.add({
      dispose: () => {
        observer.disconnect();
      },
    });
  }

  readonly refresh = (): void => {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#draw();
    });
  };

  readonly toggleTable = (): void => {
    const shown = this.#table.hidden;
    this.#table.hidden = !shown;
    this.body.hidden = shown;
    this.#toggle.setAttribute('aria-pressed', String(shown));
    this.#draw();
  };

  dispose(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#owned.dispose();
  }

  #header(): HTMLElement {
    const save = (kind: string, press: () => void) => {
      const made = button({ label: kind, press });
      made.title = `Save as ${kind}`;
      made.setAttribute('aria-label', made.title);
      return made;
    };
    const tools = h(
      'div',
      { class: 'figure-tools', role: 'toolbar', 'aria-label': `${this.#options.title}: table and export` },
      this.#toggle,
      save('SVG', this.#saveSvg),
      save('PNG', this.#savePng),
      save('CSV', this.#saveCsv),
    );
    return h('header', {}, h('h2', {}, this.#options.title), this.#options.controls, tools);
  }

  readonly #key = (event: KeyboardEvent): void => {
    const typing = event.target instanceof HTMLInputElement && event.target.type !== 'range';
    if (event.key.toLowerCase() !== 't' || event.ctrlKey || event.metaKey || event.altKey || typing) return;
    event.preventDefault();
    this.toggleTable();
  };

  #draw(): void {
    setText(this.#caption, this.#options.caption());
    if (!this.#table.hidden) this.#table.replaceChildren(tableElement(this.#options.data(), this.#options.title));
    const { clientWidth: width, clientHeight: height } = this.body;
    if (width > 0 && height > 0) this.#options.draw(this.body, { width, height });
  }

  #words() {
    return { title: this.#options.title, caption: this.#options.caption() };
  }

  #save(ending: string, content: string, encoding: 'utf8' | 'base64'): void {
    this.#options.host.act({ action: 'save', name: `${this.#options.file}.${ending}`, content, encoding });
  }

  readonly #saveSvg = (): void => {
    this.#save('svg', svgDocument(this.body, this.#words()), 'utf8');
  };

  readonly #savePng = (): void => {
    pngOf(svgDocument(this.body, this.#words())).then(
      (content) => {
        this.#save('png', content, 'base64');
      },
      () => {
        setText(this.#caption, 'The chart could not be saved as PNG. Save it as SVG instead.');
      },
    );
  };

  readonly #saveCsv = (): void => {
    this.#save('csv', csv(this.#options.data()), 'utf8');
  };
}
