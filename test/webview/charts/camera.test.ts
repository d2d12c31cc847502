import { clampCamera, fitCamera, reveal, visibleRegion, weightAt, zoomAt } from '../../../webview/charts/camera';
import { cellSize, TILE, tilesFor } from '../../../webview/charts/tiling';
import { equal, near, ok } from '../assert';

const extent = { rows: 64, columns: 576 };
const view = { width: 288, height: 200 };

describe('camera', () => {
  it('fits the whole layer into the view, from its top left', () => {
    const camera = fitCamera(extent, view);
    equal(camera.scale, 0.5);
    equal(camera.x, 0);
    equal(camera.y, 0);
    equal(visibleRegion(camera, extent, view), { x: 0, y: 0, width: 576, height: 64 });
  });

  it('keeps the weight under the pointer while zooming', () => {
    const start = { scale: 4, x: 100, y: 20 };
    const point = { x: 50, y: 90 };
    equal(weightAt(zoomAt(start, 4, point), extent, point), weightAt(start, extent, point));
  });

  it('stays inside the layer, and zooms from the whole layer to 64 pixels per weight', () => {
    equal(clampCamera({ scale: 1000, x: 0, y: 0 }, extent, view).scale, 64);
    equal(clampCamera({ scale: 0.001, x: 0, y: 0 }, extent, view).scale, 0.5);
    const far = clampCamera({ scale: 8, x: 5000, y: -5 }, extent, view);
    equal([far.x, far.y], [576 - 36, 0]);
  });

  it('finds the weight at a point, and none outside of the layer', () => {
    equal(weightAt({ scale: 2, x: 10, y: 5 }, extent, { x: 5, y: 3 }), { row: 6, column: 12 });
    equal(weightAt({ scale: 2, x: 0, y: 0 }, extent, { x: 5, y: 130 }), undefined);
  });

  it('moves only as far as needed to show a weight', () => {
    const camera = { scale: 10, x: 100, y: 0 };
    equal(reveal(camera, view, { row: 3, column: 110 }), camera);
    near(reveal(camera, view, { row: 3, column: 99 }).x, 99, 1e-9);
    near(reveal(camera, view, { row: 25, column: 110 }).y, 6, 1e-9);
  });
});

describe('tiling', () => {
  it('uses cells that are not wider than a pixel', () => {
    equal([8, 1, 0.5, 0.3, 0.1].map(cellSize), [1, 1, 2, 2, 8]);
  });

  it('covers the visible region with tiles of at most 512 × 512 cells, inside the layer', () => {
    const big = { rows: 3000, columns: 5000 };
    for (const scale of [0.1, 0.37, 1, 7]) {
      const visible = visibleRegion({ scale, x: 300, y: 700 }, big, { width: 900, height: 600 });
      const tiles = tilesFor(visible, scale, big);
      for (const { x, y, width, height } of tiles) {
        ok(Math.max(width, height) / cellSize(scale) <= TILE, 'a tile is too large');
        ok(x + width <= big.columns && y + height <= big.rows, 'a tile leaves the layer');
      }
      const right = Math.max(...tiles.map(({ x, width }) => x + width));
      const bottom = Math.max(...tiles.map(({ y, height }) => y + height));
      ok(right >= visible.x + visible.width && bottom >= visible.y + visible.height, 'something seen has no tile');
      ok(tiles.length <= 12, `${tiles.length} tiles for one view`);
    }
  });
});
