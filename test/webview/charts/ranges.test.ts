import { between, fitted, moved, zoomed } from '../../../webview/charts/ranges';
import { equal, near } from '../assert';

const limits: [number, number] = [0, 100];

describe('ranges', () => {
  it('fit the needed values, and leave out loose values far below them', () => {
    const { range, isCut } = fitted({ needed: [90, 92, 86], loose: [44, 85, 93], limits });
    equal(isCut, true);
    near(range[0], 85 - 8 * 0.08, 1e-9);
    near(range[1], 93 + 8 * 0.08, 1e-9);
  });

  it('fit all values if there are only loose ones, and never leave the limits', () => {
    const { range, isCut } = fitted({ needed: [], loose: [44, 99.9, NaN], limits });
    near(range[0], 44 - 55.9 * 0.08, 1e-9);
    equal([range[1], isCut], [100, true]);
    equal(fitted({ needed: [], limits }), { range: [0, 100], isCut: false });
  });

  it('zoom about a value, which stays at its place', () => {
    const range = zoomed([80, 100], { factor: 0.5, about: 85 }, { whole: limits });
    equal(range, [82.5, 92.5]);
    const [from, to] = zoomed([1, 0.01], { factor: 0.5, about: 0.1 }, { whole: [1, 0.01], log: true });
    near(from, 10 ** -0.5, 1e-9, 'halfway on the logarithmic axis');
    near(to, 10 ** -1.5, 1e-9);
  });

  it('stay within the whole range, in its direction', () => {
    equal(zoomed([80, 100], { factor: 20, about: 90 }, { whole: limits }), [0, 100]);
    equal(moved([80, 100], 0.25, { whole: limits }), [80, 100]);
    equal(moved([80, 100], -0.25, { whole: limits }), [75, 95]);
    const [from, to] = between(0.2, 0.8, { whole: [1, 0.1] });
    near(from, 0.8, 1e-9);
    near(to, 0.2, 1e-9);
  });
});
