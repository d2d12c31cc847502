import { drawBrackets } from '../../../webview/charts/barrier';
import { drawCurve, type CurveOptions, type Series } from '../../../webview/charts/curve';
import { spread } from '../../../webview/charts/labels';
import { density, number } from '../../../webview/format';
import { equal, matches, near, ok } from '../assert';
import { setTheme } from '../panel';

const options: CurveOptions = {
  width: 600,
  height: 300,
  label: 'accuracy',
  x: { label: 'kept', domain: [1, 0.01], log: true, ticks: [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01], format: density },
  y: { label: 'accuracy', domain: [80, 100], format: number, cut: true },
};
const series: Series = {
  key: 'aws',
  label: 'aws',
  color: '#ff8800',
  look: { shape: 'circle' },
  points: [
    { x: 1, y: 90, key: '0', tip: 'round 0' },
    { x: 0.1, y: 88, key: '1', tip: 'round 1' },
    { x: 0.01, y: 85, key: '2', tip: 'round 2' },
  ],
};

function node(): HTMLElement {
  setTheme('dark');
  const made = document.createElement('div');
  document.body.append(made);
  return made;
}

function place(element: Element): [number, number] {
  const [, x, y] = /translate\(([\d.]+),([\d.]+)\)/.exec(element.getAttribute('transform') ?? '') ?? [];
  return [Number(x), Number(y)];
}

describe('curve', () => {
  it('places points on a logarithmic density axis', () => {
    const frame = drawCurve(node(), [series], options);
    const points = [...document.querySelectorAll('.point')].map(place);
    near(points[0]![0], frame.left, 0.01);
    near(points[1]![0], (frame.left + frame.right) / 2, 0.01, '10 % is halfway from 100 to 1 %');
    near(points[2]![0], frame.right, 0.01);
    near(points[0]![1], (frame.top + frame.bottom) / 2, 0.01, '90 is halfway from 80 to 100');
    const ticks = [...document.querySelectorAll('.x-axis text')].map(({ textContent }) => textContent);
    equal(ticks, ['100', '50', '20', '10', '5', '2', '1']);
    ok(document.querySelector('.cut'), 'an axis that is cut says so');
  });

  it('labels lines and reference lines at their ends', () => {
    const reference = { key: 'dense', label: 'dense', color: '#00ff00', y: 95, tip: 'dense: 95.0 %' };
    drawCurve(node(), [series], { ...options, references: [reference] });
    equal(
      [...document.querySelectorAll('.end-label')].map(({ textContent }) => textContent),
      ['aws', 'dense'],
    );
    equal(document.querySelector('.references line')?.getAttribute('y1'), '75');
  });

  it('redraws into the same elements', () => {
    const body = node();
    drawCurve(body, [series], options);
    const [first] = document.querySelectorAll('.point');
    drawCurve(body, [{ ...series, points: series.points.slice(0, 2) }], options);
    equal(document.querySelectorAll('.point').length, 2);
    ok(document.querySelector('.point') === first, 'the same point is the same element');
    equal(document.querySelectorAll('svg').length, 1);
  });

  it('has one tab stop: arrow keys move between points, and Enter chooses a point', async () => {
    const chosen: string[] = [];
    drawCurve(node(), [series], { ...options, onSelect: (key) => chosen.push(key) });
    const stops = [...document.querySelectorAll('.point')].map((point) => point.getAttribute('tabindex'));
    equal(stops, ['0', '-1', '-1']);
    document.querySelector<SVGElement>('.point[tabindex="0"]')!.focus();
    await window.person.key('ArrowRight');
    await window.person.key('Enter');
    equal(chosen, ['1']);
    equal(document.querySelector('.tooltip.shown')?.textContent, 'round 1');
  });

  it('leaves out points whose value is NaN', () => {
    drawCurve(node(), [{ ...series, points: [{ x: 1, y: NaN }, ...series.points] }], options);
    equal(document.querySelectorAll('.point').length, 3);
    ok(!document.querySelector('.line')!.getAttribute('d')!.includes('NaN'), 'NaN in a path');
  });
});

describe('labels', () => {
  it('are spread without overlap, in their order, inside the chart', () => {
    const heights = spread([50, 52, 51, 290, 299], { gap: 14, top: 0, bottom: 300 });
    const sorted = [...heights].sort((a, b) => a - b);
    sorted.slice(1).forEach((y, i) => {
      ok(y - sorted[i]! >= 14 - 1e-9, `labels ${sorted[i]} and ${y} overlap`);
    });
    ok(heights[0]! < heights[2]! && heights[2]! < heights[1]!, 'the order is kept');
    ok(Math.max(...heights) <= 300, 'a label leaves the chart');
    equal(spread([10], { top: 0, bottom: 100 }), [10]);
  });
});

describe('barrier', () => {
  it('is a bracket from the baseline to the highest point, with its height', () => {
    const frame = drawCurve(node(), [], { ...options, x: { label: 'α', domain: [0, 1], format: number } });
    const bracket = {
      key: 'a',
      alpha: 0.5,
      baseline: 85,
      value: 7.3,
      color: '#fff',
      unit: 'points',
      tip: 'definition',
    };
    const { unit: _, ...unlabelled } = bracket;
    drawBrackets(frame, [bracket, { ...unlabelled, key: 'b', value: 2 }]);
    const [first, second] = document.querySelectorAll('.bracket');
    const box = (first as SVGPathElement).getBBox();
    near(box.height, frame.y(85) - frame.y(92.3), 0.01);
    near(box.x + box.width / 2, frame.x(0.5), 0.01);
    ok((second as SVGPathElement).getBBox().x > box.x, 'the second stands beside the first');
    const words = [...document.querySelectorAll('.bracket-label')];
    equal(
      words.map(({ textContent }) => textContent),
      ['+7.30 points'],
    );
    matches(words[0]!.getAttribute('aria-label'), /definition/);
  });
});
