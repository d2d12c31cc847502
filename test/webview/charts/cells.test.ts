import { channels, mix } from '../../../webview/charts/color';
import { MODES, paintCells, strengthOf, weightShade, type Mode } from '../../../webview/charts/cells';
import { planesOf } from '../../../webview/charts/planes';
import { readTheme } from '../../../webview/theme';
import { equal, near } from '../assert';
import { setTheme } from '../panel';
import { pictureOf, pictureOfTwo } from '../world/pictures';

const a = { rows: 2, columns: 2, weights: Float32Array.of(0.5, -0.25, 0.1, -0.1), mask: Uint8Array.of(1, 1, 0, 1) };
const b = { rows: 2, columns: 2, weights: Float32Array.of(0.5, 0.25, 0.1, -0.1), mask: Uint8Array.of(1, 1, 1, 0) };
const whole = { x: 0, y: 0, width: 2, height: 2 };

function painted(mode: Mode, maxSize = 2): number[][] {
  const two = mode === 'flips' || mode === 'difference';
  const tile = two ? pictureOfTwo(a, b, { region: whole, maxSize }) : pictureOf(a, whole, maxSize);
  const size = tile.width * tile.height;
  const pixels = paintCells(planesOf(tile), size, { theme: readTheme(), mode, largest: 0.5 });
  return Array.from({ length: size }, (_, cell) => [...pixels.slice(cell * 4, cell * 4 + 3)]);
}

describe('cells', () => {
  beforeEach(() => {
    setTheme('dark');
  });

  it('reads planes at unaligned positions of their bytes', () => {
    const { weight, kept } = planesOf(pictureOf(a, { ...whole, width: 1 }, 2));
    equal([...(weight ?? [])], [...Float32Array.of(0.5, 0.1)]);
    equal([...(kept ?? [])], [255, 0]);
  });

  it('paints signs, and paints pruned weights in the colour of the background', () => {
    const { positive, negative, background } = readTheme();
    equal(painted('sign'), [positive, negative, background, negative].map(channels));
  });

  it('paints kept weights in the mask mode', () => {
    const { neutral, background } = readTheme();
    equal(painted('mask'), [neutral, neutral, background, neutral].map(channels));
  });

  it('paints the signs and masks of two checkpoints', () => {
    const { neutral, flipped, onlyA, onlyB, background } = readTheme();
    equal(painted('difference'), [neutral, flipped, onlyB, onlyA].map(channels));
    equal(painted('flips'), [neutral, flipped, background, background].map(channels));
  });

  it('paints smaller weights in fainter colours that are still visible', () => {
    const [largest, , pruned, small] = painted('weight');
    const { positive, background } = readTheme();
    equal(largest, channels(positive));
    equal(pruned, channels(background));
    equal(JSON.stringify(small) === JSON.stringify(channels(background)), false);
    near(weightShade(0, 1), 0, 1e-12);
    near(weightShade(1, 1), 1, 1e-12);
    equal(weightShade(0.1, 1) > 0.5, true, 'a tenth of the largest on a logarithmic scale');
    equal(weightShade(0, 0), 0);
  });

  it('mixes the colours of a reduced cell, stronger than their share', () => {
    const { neutral, background } = readTheme();
    const [cell] = painted('mask', 1);
    const expected = channels(mix(background, neutral, strengthOf(0.75)));
    cell!.forEach((value, k) => {
      near(value, expected[k]!, 1.5);
    });
  });

  it('has a painter for every mode', () => {
    for (const mode of MODES) equal(painted(mode).length, 4, mode);
  });
});
