/** Position, zoom and cursor of a picture. Pictures that move together share a look. */
import { clampCamera, fitCamera, reveal, zoomAt, type Camera, type Extent, type Viewport } from '../../charts/camera';
import type { Region } from '../../../engine/protocol';
import { Signal } from '../../dispose';

export interface Weight {
  row: number;
  column: number;
}

/** A camera and a cursor over one layer. Until the user moves the camera, it fits the whole layer into the view. */
export class Look {
  readonly changed = new Signal<undefined>();
  #extent: Extent = { rows: 1, columns: 1 };
  #view: Viewport = { width: 1, height: 1 };
  #camera: Camera | undefined;
  #cursor: Weight | undefined;

  get extent(): Extent {
    return this.#extent;
  }

  get cursor(): Weight | undefined {
    return this.#cursor;
  }

  get view(): Viewport {
    return this.#view;
  }

  get camera(): Camera {
    return this.#camera ? clampCamera(this.#camera, this.#extent, this.#view) : fitCamera(this.#extent, this.#view);
  }

  /** Changes to another layer, and fits the whole layer into the view. */
  open(extent: Extent): void {
    this.#extent = extent;
    this.#cursor = undefined;
    this.fit();
  }

  resize(view: Viewport): void {
    this.#view = view;
  }

  fit(): void {
    this.#move(undefined);
  }

  /** Zooms to one pixel per weight, about the cursor. */
  actualSize(): void {
    this.zoom(1 / this.camera.scale);
  }

  /** Zooms about a point of the view. The default is the cursor, or the middle of the view if the cursor is outside the view. */
  zoom(factor: number, point = this.#focus): void {
    this.#move(zoomAt(this.camera, factor, point));
  }

  /** The centre of the weight under the cursor, in pixels of the view. */
  get #focus(): { x: number; y: number } {
    const { scale, x, y } = this.camera;
    const { width, height } = this.#view;
    const middle = { x: width / 2, y: height / 2 };
    if (!this.#cursor) return middle;
    const at = { x: (this.#cursor.column + 0.5 - x) * scale, y: (this.#cursor.row + 0.5 - y) * scale };
    return at.x >= 0 && at.y >= 0 && at.x <= width && at.y <= height ? at : middle;
  }

  /** Moves the camera by a distance in pixels. */
  pan(dx: number, dy: number): void {
    const { scale, x, y } = this.camera;
    this.#move({ scale, x: x - dx / scale, y: y - dy / scale });
  }

  centre({ row, column }: Weight): void {
    const { scale } = this.camera;
    const { width, height } = this.#view;
    this.#move({ scale, x: column - width / scale / 2, y: row - height / scale / 2 });
  }

  /** Fits a region into the view, and puts the cursor at its centre. */
  showRegion({ x, y, width, height }: Region): void {
    const across = this.#view.width;
    const down = Math.max(this.#view.height, across / 2); // a flat picture grows when it is zoomed
    const scale = Math.min(across / width, down / height);
    this.#cursor = { row: Math.floor(y + height / 2), column: Math.floor(x + width / 2) };
    this.#move({ scale, x: x - (across / scale - width) / 2, y: y - (down / scale - height) / 2 });
  }

  point(weight: Weight | undefined): void {
    if (weight?.row === this.#cursor?.row && weight?.column === this.#cursor?.column) return;
    this.#cursor = weight;
    this.changed.emit(undefined);
  }

  /** Moves the cursor by rows and columns. The camera follows if the cursor leaves the view. */
  step(rows: number, columns: number): void {
    const from = this.#cursor ?? { row: -Math.min(rows, 0), column: -Math.min(columns, 0) };
    const moved = this.#cursor ? { row: from.row + rows, column: from.column + columns } : from;
    const inside = (value: number, size: number) => Math.min(size - 1, Math.max(0, value));
    this.#cursor = { row: inside(moved.row, this.#extent.rows), column: inside(moved.column, this.#extent.columns) };
    this.#move(this.#camera && reveal(this.camera, this.#view, this.#cursor));
  }

  #move(camera: Camera | undefined): void {
    this.#camera = camera && clampCamera(camera, this.#extent, this.#view);
    this.changed.emit(undefined);
  }
}
