/** The loss, live: steps as they come, train and test at the end of each epoch. */
import type { RunSnapshot } from '../../../engine/protocol';
import { drawCurve, type Series } from '../../charts/curve';
import { h } from '../../dom';
import { tick } from '../../format';
import type { Host } from '../../host';
import { Figure, type Size } from '../../parts/figure';
import { emptyState } from '../../parts/message';
import { readTheme } from '../../theme';
import { lossCurves, type LossCurves } from './lossData';

export interface LossSource {
  host: Host;
  snapshot: () => RunSnapshot | undefined;
  smoothing: () => number;
  smooth: (value: number) => void;
}

/** The figure of the loss along the epochs. */
export function lossFigure(source: LossSource): Figure {
  const figure: Figure = new Figure({
    title: 'Loss',
    file: `${source.snapshot()?.name ?? 'run'}-loss`,
    host: source.host,
    controls: smoothingControl(source, () => {
      figure.refresh();
    }),
    draw: (body, size) => {
      drawLoss(body, size, source);
    },
    data: () => {
      const epochs = source.snapshot()?.epochs ?? [];
      const columns = ['round', 'epoch', 'train loss', 'train accuracy, %', 'test loss', 'test accuracy, %'];
      return {
        columns,
        rows: epochs.map(({ round, epoch, train, test }) => {
          return [round, epoch + 1, train.loss, train.accuracy, test.loss, test.accuracy];
        }),
      };
    },
    caption: () => {
      const smoothing = source.smoothing();
      const how = smoothing > 0 ? `, moving average ${smoothing}` : '';
      return `Cross-entropy. Thin: training steps${how}; dashed: train, solid: test, at the end of each epoch.`;
    },
  });
  return figure;
}

function smoothingControl({ smoothing, smooth }: LossSource, changed: () => void): HTMLElement {
  const range = h('input', {
    type: 'range',
    min: 0,
    max: 0.98,
    step: 0.02,
    value: smoothing(),
    'aria-label': 'Smoothing',
  });
  range.addEventListener('input', () => {
    smooth(range.valueAsNumber);
    changed();
  });
  return h('label', { class: 'control' }, 'smoothing', range);
}

function drawLoss(body: HTMLElement, size: Size, source: LossSource): void {
  const snapshot = source.snapshot();
  const curves = snapshot && lossCurves(snapshot, source.smoothing());
  if (!curves || curves.progress.length + curves.test.length === 0) {
    body.replaceChildren(emptyState('The loss will be drawn here from the first training steps on.'));
    return;
  }
  body.querySelector('.empty')?.remove();
  const series = seriesOf(curves);
  const values = series.flatMap(({ points }) => points.map(({ y }) => y)).filter(Number.isFinite);
  drawCurve(body, series, {
    ...size,
    label: 'Loss along the epochs',
    marks: curves.rounds,
    x: { label: 'epochs', domain: [0, curves.end], format: tick },
    y: { label: 'loss, nats', domain: [0, Math.max(...values) * 1.05 || 1], format: tick },
  });
}

function seriesOf({ progress, train, test }: LossCurves): Series[] {
  const theme = readTheme();
  return [
    { key: 'steps', label: train.length === 0 ? 'steps' : undefined, color: theme.muted, thin: true, points: progress },
    { key: 'train', label: 'train', color: theme.foreground, dashed: true, points: train },
    { key: 'test', label: 'test', color: theme.foreground, shape: 'circle', points: test },
  ];
}
