/** A figure: a chart with title, table, export and caption. It redraws itself when its size or the theme changes. */
import { Disposables, type Disposable } from '../dispose';
import { button, h, setAttribute, setText } from '../dom';
import type { Host } from '../host';
import { onThemeChange } from '../theme';
import { atRatio } from '../charts/pixels';
import { tableElement, type DataTable } from './dataTable';
import { EXPORT_RATIO, pngOf, svgDocument } from './picture';
import { saveButton, tableButtons } from './tableTools';

export interface Size {
  width: number;
  height: number;
}

export interface FigureOptions {
  title: string;
  /** File name of an export, without its extension. */
  file: string | (() => string);
  /** Returns a heading that changes. If given, `title` is only the accessible name of the figure. */
  heading?: () => string;
  /** The files whose numbers are shown. */
  files?: () => readonly string[];
  host: Host;
  draw: (body: HTMLElement, size: Size) => void;
  data: () => DataTable;
  /** Returns the caption. It should explain the chart without the panel around it, as in a paper. */
  caption: () => string;
  /** Returns the numbers to export. Needed only if there are more than `data` returns. */
  exported?: () => Promise<DataTable>;
  /** Size of the part of the body to export. The part starts at the top left, and the rest of the body is empty. */
  used?: () => Size | undefined;
  /** Controls of this chart, shown beside the title. */
  controls?: HTMLElement;
}

/** A figure with its toolbar. `refresh` redraws it with the next animation frame. */
export class Figure implements Disposable {
  readonly element: HTMLElement;
  readonly body = h('div', { class: 'figure-body' });
  readonly #table = h('div', { class: 'figure-table', hidden: true, tabindex: 0, role: 'region' });
  readonly #caption = h('figcaption');
  readonly #heading = h('h2');
  readonly #toggle: HTMLButtonElement;
  readonly #owned = new Disposables();
  readonly #options: FigureOptions;
  #frame: number | undefined;

  constructor(options: FigureOptions) {
    this.#options = options;
    setAttribute(this.#table, 'aria-label', `${options.title}: table`);
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
    const { title, host, data, exported = data, files, controls } = this.#options;
    const table = {
      host,
      file: () => this.#file,
      data: exported,
      provenance: () => ({ title: this.#title, files: files?.() ?? [] }),
      failed: (message: string) => {
        setText(this.#caption, message);
      },
    };
    setText(this.#heading, this.#title);
    const tools = h(
      'div',
      { class: 'figure-tools', role: 'toolbar', 'aria-label': `${title}: table and export` },
      this.#toggle,
      saveButton('SVG', 'SVG', this.#saveSvg),
      saveButton('PNG', 'PNG', this.#savePng),
      ...tableButtons(table),
    );
    return h('header', {}, this.#heading, controls, tools);
  }

  readonly #key = (event: KeyboardEvent): void => {
    const typing = event.target instanceof HTMLInputElement && event.target.type !== 'range';
    if (event.key.toLowerCase() !== 't' || event.ctrlKey || event.metaKey || event.altKey || typing) return;
    event.preventDefault();
    this.toggleTable();
  };

  get #title(): string {
    return this.#options.heading?.() ?? this.#options.title;
  }

  get #file(): string {
    const { file } = this.#options;
    return typeof file === 'string' ? file : file();
  }

  #draw(): void {
    setText(this.#heading, this.#title);
    setText(this.#caption, this.#options.caption());
    if (!this.#table.hidden) this.#table.replaceChildren(tableElement(this.#options.data(), this.#options.title));
    const { clientWidth: width, clientHeight: height } = this.body;
    if (width > 0 && height > 0) this.#options.draw(this.body, { width, height });
  }

  /** Draws the figure in high resolution for an export, and again for the screen. */
  #document(): string {
    const { used, caption } = this.#options;
    const svg = atRatio(EXPORT_RATIO, () => {
      this.#draw();
      return svgDocument(this.body, { title: this.#title, caption: caption(), used: used?.() });
    });
    this.#draw();
    return svg;
  }

  #save(ending: string, content: string, encoding: 'utf8' | 'base64'): void {
    this.#options.host.act({ action: 'save', name: `${this.#file}.${ending}`, content, encoding });
  }

  readonly #saveSvg = (): void => {
    this.#save('svg', this.#document(), 'utf8');
  };

  readonly #savePng = (): void => {
    pngOf(this.#document(), EXPORT_RATIO).then(
      (content) => {
        this.#save('png', content, 'base64');
      },
      () => {
        setText(this.#caption, 'The chart could not be saved as PNG. Save it as SVG instead.');
      },
    );
  };
}
