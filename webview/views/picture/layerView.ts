/** The figure of one layer's picture: rulers, tiles, minimap, and the value under the pointer. */
import type { Marginals } from '../../../engine/protocol';
import { neededHeight, visibleRegion } from '../../charts/camera';
import { groupOf, svgOf } from '../../charts/frame';
import { canvasOf } from '../../charts/heatmap';
import { drawLayerPicture } from '../../charts/layerPicture';
import { drawSwatches } from '../../charts/legend';
import { drawMinimap, minimapWeight } from '../../charts/minimap';
import { drawRulers, RULER, usedSize } from '../../charts/rulers';
import { tilesFor } from '../../charts/tiling';
import { Disposables } from '../../dispose';
import { h, setText } from '../../dom';
import type { Host } from '../../host';
import { Latest, Persistent } from '../../latest';
import type { DataTable } from '../../parts/dataTable';
import { Figure, type Size } from '../../parts/figure';
import { errorState } from '../../parts/message';
import { readTheme, type Theme } from '../../theme';
import { bindLook } from './controls';
import type { Look } from './look';
import { kernelOf, moduleName, sameTiles, type PictureSource } from './source';
import { TileStore } from './tileStore';
import {
  exportName,
  filesOf,
  layerTitle,
  marginalsKey,
  marginalsParams,
  marginalsTable,
  pictureCaption,
} from './surroundings';
import { pictureLegend, weightGlyph } from './words';
import { sayWeight } from './value';
import { weightsTable } from './weights';

export interface LayerViewOptions {
  host: Host;
  /** Names the picture for a screen reader. */
  title: string;
  /** The heading, by default the name and shape of the layer. */
  heading?: string;
  /** Begins the file names of exports: run and checkpoint. */
  file: string;
  look: Look;
}

export class LayerView {
  readonly owned = new Disposables();
  readonly figure: Figure;
  readonly #host: Host;
  readonly #look: Look;
  readonly #marginalsAnswer: Persistent;
  readonly #viewport = h('div', { class: 'viewport' });
  readonly #minimap = h('canvas', { class: 'minimap', hidden: true });
  readonly #value = h('p', { class: 'value', 'aria-live': 'polite' });
  readonly #valueAnswer = this.owned.add(new Latest());
  #source: PictureSource | undefined;
  #tiles: TileStore | undefined;
  #marginals: Marginals | undefined;
  #marginalsError: Error | undefined;
  #used: Size | undefined;

  constructor({ host, title, heading, file, look }: LayerViewOptions) {
    this.#host = host;
    this.#look = look;
    this.#marginalsAnswer = this.owned.add(new Persistent(host));
    this.figure = this.owned.add(
      new Figure({
        title,
        heading: () => heading ?? layerTitle(this.#source),
        file: () => exportName(file, this.#source),
        files: () => filesOf(this.#source),
        host,
        draw: this.#draw,
        data: () => marginalsTable(this.#marginals),
        exported: () => this.#weights(),
        used: () => this.#used,
        caption: () => pictureCaption(this.#source, this.#marginals, look.camera.scale),
      }),
    );
    const { body, element } = this.figure;
    body.tabIndex = 0;
    body.setAttribute('role', 'application');
    body.classList.add('picture');
    this.#viewport.append(h('canvas'), this.#minimap);
    body.append(this.#viewport);
    element.querySelector('figcaption')!.before(this.#value);
    bindLook(this.owned, look, { viewport: this.#viewport, keys: body });
    this.owned.listen(this.#minimap, 'click', ({ offsetX: x, offsetY: y }) => {
      look.centre(minimapWeight(this.#minimap, look.extent, { x, y }));
    });
    this.owned.add(look.changed.on(this.figure.refresh));
    this.owned.add(look.changed.on(this.#say));
    this.owned.add(host.restarted.on(this.#retry));
  }

  /** Settles when the first picture of the layer has arrived, or has failed. */
  get firstTile(): Promise<void> {
    return this.#tiles?.first ?? Promise.resolve();
  }

  /** Shows a picture. Loads tiles only if they differ from the tiles of the previous picture. */
  show(source: PictureSource): void {
    const before = this.#source;
    this.#source = source;
    if (!sameTiles(before, source)) this.#openTiles(source);
    if (!before || marginalsKey(before) !== marginalsKey(source)) this.#readMarginals(source);
    this.figure.body.setAttribute(
      'aria-label',
      `${moduleName(source.layer.name)}, ${source.mode}, ${source.layer.axes}`,
    );
    this.figure.refresh();
    this.#say();
  }

  #openTiles(source: PictureSource): void {
    this.#tiles?.dispose();
    this.#tiles = this.owned.add(new TileStore(this.#host, source, this.figure.refresh));
  }

  #readMarginals(source: PictureSource): void {
    const answered = (marginals: Marginals | undefined, error: Error | undefined) => {
      this.#marginals = marginals;
      this.#marginalsError = error;
      this.figure.refresh();
    };
    answered(undefined, undefined);
    const ask = async () => {
      await this.firstTile;
      return this.#host.request('checkpoint/marginals', marginalsParams(source));
    };
    this.#marginalsAnswer.ask(ask, {
      done: (marginals) => {
        answered(marginals, undefined);
      },
      failed: (error) => {
        answered(undefined, error);
      },
    });
  }

  readonly #retry = (): void => {
    this.#tiles?.retry();
    this.figure.refresh();
    this.#say();
  };

  readonly #say = (): void => {
    const { cursor } = this.#look;
    if (!this.#source || !cursor) return;
    sayWeight(this.#host, this.#source, cursor, {
      latest: this.#valueAnswer,
      say: (text) => {
        setText(this.#value, text);
      },
    });
  };

  readonly #draw = (body: HTMLElement, size: Size): void => {
    const [source, tiles] = [this.#source, this.#tiles];
    if (!source || !tiles) return;
    const theme = readTheme();
    const above = this.#drawLegend(body, size, theme);
    const top = RULER.top + above;
    const view = { width: size.width - RULER.left - RULER.right, height: size.height - top - RULER.bottom };
    if (view.width < 8 || view.height < 8) return;
    this.#look.resize(view);
    const { camera, extent, cursor } = this.#look;
    body.style.setProperty('--whole', `${Math.ceil(top + RULER.bottom + neededHeight(camera, extent, view))}px`);
    const visible = visibleRegion(camera, extent, view);
    const regions = tilesFor(visible, camera.scale, extent);
    tiles.want(regions, visible);
    const error = tiles.error ?? this.#marginalsError;
    showError(body, error);
    body.classList.toggle('busy', tiles.busy && !error);
    this.#viewport.style.left = `${RULER.left}px`;
    this.#viewport.style.top = `${top}px`;
    const shownHeight = Math.min(view.height, (extent.rows - camera.y) * camera.scale);
    this.#viewport.style.setProperty('--shown-height', `${shownHeight}px`);
    this.#used = usedSize({ ...size, camera, extent, above });
    const glyph = (row: number, column: number) => weightGlyph(source.mode, tiles.weight(row, column));
    const colors = { theme, mode: source.mode, largest: source.largest };
    const painted = tiles.painted(regions, colors);
    drawLayerPicture(canvasOf(this.#viewport, view), painted, {
      camera,
      extent,
      ...view,
      theme,
      glyph,
      visible,
      cursor,
      kernel: kernelOf(source.layer),
    });
    drawMinimap(this.#minimap, tiles.coarse(colors), { extent, visible, theme });
    drawRulers(body, {
      ...size,
      camera,
      extent,
      axes: source.layer.axes,
      marginals: this.#marginals,
      label: this.#label,
      above,
    });
  };

  get #label(): string {
    return `${moduleName(this.#source?.layer.name ?? '')}: rulers and kept shares`;
  }

  #drawLegend(body: HTMLElement, size: Size, theme: Theme): number {
    const legend = groupOf(svgOf(body, { ...size, label: this.#label }), 'legend').attr('transform', 'translate(8,0)');
    return this.#source ? drawSwatches(legend, pictureLegend(this.#source, theme), size.width - 16) : 0;
  }

  /** Returns the weights in view. */
  #weights(): Promise<DataTable> {
    if (!this.#source) return Promise.resolve({ columns: [], rows: [] });
    const { camera, extent, view } = this.#look;
    return weightsTable(this.#host, this.#source, visibleRegion(camera, extent, view));
  }
}

/** Shows an error over the picture. An error that is already shown is not added again: a screen reader would repeat it. */
function showError(body: HTMLElement, error: Error | undefined): void {
  const shown = body.querySelector('.error');
  if (shown?.textContent === error?.message) return;
  shown?.remove();
  if (error) body.append(errorState(error));
}
