/** The figure of the loss. It shows the loss of each training step, and the train and test loss after each epoch. */
import { max } from 'd3';
import { OFFICIAL, REESTIMATED } from '../../../engine/vocabulary/searchAccuracy';
import type { EpochResult, RunSnapshot } from '../../../engine/protocol';
import { drawCurve, type Series } from '../../charts/curve';
import { h } from '../../dom';
import { tick } from '../../format';
import type { Host } from '../../host';
import type { DataTable } from '../../parts/dataTable';
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

/** Makes the figure. */
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
    data: () => dataOf(source.snapshot()?.epochs ?? []),
    caption: () => captionOf(source),
  });
  return figure;
}

function captionOf({ snapshot, smoothing }: LossSource): string {
  const run = snapshot();
  const how = smoothing() > 0 ? `, moving average ${smoothing()}` : '';
  const reestimated = run?.epochs.some((epoch) => epoch.reestimated);
  const measure = reestimated
    ? ` ${REESTIMATED} with batch-norm statistics measured again at α = 0,`
    : run?.kind === 'search' && run.method === 'aws'
      ? ` ${OFFICIAL},`
      : '';
  return `Cross-entropy. Thin: training steps${how}; dashed: train; solid: test,${measure} at the end of epochs.`;
}

function dataOf(epochs: readonly EpochResult[]): DataTable {
  const columns = ['round', 'epoch', 'train loss', 'train accuracy, %', 'test loss', 'test accuracy, %'];
  const rows = epochs.map(({ round, epoch, train, test, reestimated }) => {
    const official = [round, epoch + 1, train.loss, train.accuracy, test.loss, test.accuracy];
    return [...official, reestimated?.loss, reestimated?.accuracy];
  });
  return { columns: [...columns, `test loss, ${REESTIMATED}`, `test accuracy, ${REESTIMATED}, %`], rows };
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
    body.replaceChildren(emptyState('The loss appears here with the first training steps.'));
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
    y: { label: 'loss, nats', domain: [0, (max(values) ?? 0) * 1.05 || 1], format: tick },
  });
}

function seriesOf({ progress, train, test, reestimated }: LossCurves): Series[] {
  const theme = readTheme();
  return [
    { key: 'steps', label: train.length === 0 ? 'steps' : undefined, color: theme.muted, thin: true, points: progress },
    { key: 'train', label: 'train', color: theme.foreground, look: { dash: [3, 2] }, points: train },
    {
      key: 'test',
      label: reestimated ? `test, ${REESTIMATED}` : 'test',
      color: theme.foreground,
      look: { shape: 'circle' },
      points: test,
    },
  ];
}
