import { channels } from '../../../webview/charts/color';
import { cellAt, drawHeatmap, type HeatmapData } from '../../../webview/charts/heatmap';
import { barrierMatrix } from '../../../webview/charts/matrix';
import { readTheme } from '../../../webview/theme';
import { equal, near, ok } from '../assert';
import { pixel, setTheme } from '../panel';

const data: HeatmapData = {
  rows: ['conv1', 'layer1.0.conv1'],
  columns: ['0', '1', '2'],
  columnTitle: 'round',
  cells: ['#ff0000', '#00ff00', '#0000ff', '#ffff00', undefined, '#ff00ff'].map((color) => ({
    color,
    text: '',
    tip: '',
  })),
  ramp: { label: 'sparsity', colors: ['#000', '#fff'], from: '0', to: '1', marks: [{ at: 0.5, label: 'mean' }] },
};

function draw() {
  setTheme('dark');
  const node = document.createElement('div');
  document.body.append(node);
  const layout = drawHeatmap(node, data, { width: 400, height: 300, label: 'heat', selected: { row: 1, column: 2 } });
  return { node, layout };
}

describe('heatmap', () => {
  it('fills each cell with its colour, row by row', () => {
    const { node, layout } = draw();
    const canvas = node.querySelector('canvas')!;
    data.cells.forEach(({ color }, place) => {
      const x = layout.left + ((place % 3) + 0.5) * layout.cellWidth;
      const y = layout.top + (Math.floor(place / 3) + 0.5) * layout.cellHeight;
      if (color !== undefined) equal(pixel(canvas, x, y), channels(color), `cell ${place}`);
      equal(cellAt(layout, x, y), { row: Math.floor(place / 3), column: place % 3 });
    });
    equal(cellAt(layout, layout.left - 1, layout.top + 1), undefined);
  });

  it('names layers and rounds beside the cells, and frames the chosen row and column', () => {
    const { node, layout } = draw();
    const names = [...node.querySelectorAll('text.row')];
    equal(
      names.map(({ textContent }) => textContent),
      data.rows,
    );
    near(Number(names[1]!.getAttribute('y')), layout.top + 1.5 * layout.cellHeight, 0.01);
    const frames = node.querySelectorAll('.selection rect');
    equal(frames.length, 2);
    near(Number(frames[1]!.getAttribute('x')), layout.left + 2 * layout.cellWidth, 1);
  });

  it('cuts names where they are the same', () => {
    setTheme('dark');
    const node = document.createElement('div');
    document.body.append(node);
    const rows = ['query', 'key', 'value'].flatMap((part) =>
      [1, 2].map((layer) => `backbone.encoder.layers.${layer}.attention.self.${part}.dense`),
    );
    const cells = rows.map(() => ({ text: '', tip: '' }));
    drawHeatmap(node, { ...data, rows, columns: ['0'], cells }, { width: 400, height: 300, label: 'heat' });
    const shown = [...node.querySelectorAll('text.row')].map(({ textContent }) => textContent);
    ok(
      shown.every((name) => name.length < rows[0]!.length),
      shown.join(),
    );
    equal(new Set(shown).size, rows.length, shown.join());
  });

  it('draws barriers as a symmetric matrix', () => {
    setTheme('dark');
    const theme = readTheme();
    const matrix = barrierMatrix(
      [
        { a: 'A', b: 'B', barrier: 8 },
        { a: 'A', b: 'C', barrier: 2 },
      ],
      theme,
    );
    equal(matrix.rows.length, 3);
    const at = (row: number, column: number) => matrix.cells[row * 3 + column]!;
    equal([at(0, 1).text, at(1, 0).text, at(0, 2).text, at(1, 2).text], ['8.00', '8.00', '2.00', '']);
    equal(at(0, 1).color, theme.foreground);
  });
});
