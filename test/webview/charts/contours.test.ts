import { contourLines } from '../../../webview/charts/contours';
import { equal, ok } from '../assert';

describe('contour lines', () => {
  it('of a slope are straight, and do not follow the edge of the grid', () => {
    const values = Array.from({ length: 20 }, (_, i) => i % 5); // the value is the column
    const [only, ...others] = contourLines({ columns: 5, rows: 4, values }, [1.5]);
    equal(others, []);
    // The value is 1.5 between the centres of the second and the third column, at 1.5 and 2.5.
    ok(
      only!.places.every(([x]) => Math.abs(x - 2) < 1e-9),
      JSON.stringify(only),
    );
    const heights = only!.places.map(([, y]) => y);
    equal([Math.min(...heights), Math.max(...heights)], [0.5, 3.5]);
  });

  it('of a hill are closed', () => {
    const values = Array.from({ length: 49 }, (_, i) => -Math.hypot((i % 7) - 3, Math.floor(i / 7) - 3));
    const [ring] = contourLines({ columns: 7, rows: 7, values }, [-2]);
    equal(ring!.places[0], ring!.places.at(-1));
    // Linear interpolation of a cone is at most a few percent inside of the circle.
    for (const [x, y] of ring!.places) ok(Math.abs(Math.hypot(x - 3.5, y - 3.5) - 2) < 0.15, `${x}, ${y}`);
  });
});
