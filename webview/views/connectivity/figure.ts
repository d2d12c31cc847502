/** The figure of error or loss along α. */
import { drawBrackets } from '../../charts/barrier';
import { drawCurve } from '../../charts/curve';
import { bringForward } from '../../charts/forward';
import { tick } from '../../format';
import type { Host } from '../../host';
import { Figure } from '../../parts/figure';
import { emptyState } from '../../parts/message';
import {
  alphaText,
  barrierOf,
  brackets,
  pathSeries,
  showsTrain,
  treatment,
  valueOf,
  type Path,
  type Quantity,
} from './curves';

export interface CurveSource {
  host: Host;
  quantity: Quantity;
  paths: () => Path[];
  /** Returns the directory of the run that is in front. */
  forward: () => string | undefined;
}

const WORDS: Record<Quantity, { title: string; axis: string }> = {
  error: { title: 'Error along the path', axis: 'error, %' },
  loss: { title: 'Loss along the path', axis: 'loss, nats' },
};

/** Makes the figure. */
export function curveFigure(source: CurveSource): Figure {
  const { host, quantity } = source;
  const { title, axis } = WORDS[quantity];
  return new Figure({
    title,
    file: `connectivity-${quantity}`,
    host,
    draw: (body, size) => {
      const paths = source.paths();
      const series = pathSeries(paths, quantity);
      const values = series.flatMap(({ points }) => points.map(({ y }) => y)).filter(Number.isFinite);
      if (values.length === 0) {
        body.replaceChildren(emptyState(`The ${quantity} at each α appears here when it is measured.`));
        return;
      }
      body.querySelector('.empty')?.remove();
      const frame = drawCurve(body, series, {
        ...size,
        label: title,
        legend: paths.length > 1,
        x: {
          label: 'α, the share of A',
          domain: [1, 0],
          ticks: [1, 0.8, 0.6, 0.4, 0.2, 0],
          format: (alpha) => alphaText(alpha, tick),
        },
        y: { label: axis, ...domainOf(values), format: tick },
      });
      drawBrackets(frame, brackets(paths, quantity));
      bringForward(body, source.forward());
    },
    data: () => {
      const rows = source
        .paths()
        .flatMap(({ run }) =>
          [...run.points]
            .sort((a, b) => b.alpha - a.alpha)
            .map(({ alpha, train, test }) => [run.name, alpha, valueOf(train, quantity), valueOf(test, quantity)]),
        );
      return { columns: ['run', 'α', `train ${axis}`, `test ${axis}`], rows };
    },
    caption: () => captionOf(source),
  });
}

/** Returns a domain that starts at 0. If all values are far from 0, it starts near the lowest value, and `cut` is true. */
function domainOf(values: readonly number[]): { domain: [number, number]; cut: boolean } {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const pad = (high - low) * 0.1 || high * 0.1 || 1;
  const cut = low - pad > (high - low) * 0.5;
  return { domain: [cut ? low - pad : 0, high + pad], cut };
}

function captionOf({ quantity, paths }: CurveSource): string {
  const known = paths();
  const definition = known.map(({ run }) => barrierOf(run, quantity)?.definition).find((one) => one !== undefined);
  const parts = [
    `θ(α) = α·A + (1 − α)·B; ${showsTrain(known) ? 'dashed: train, solid: test' : 'test images; the table also has the training images'}.`,
    definition && `Barrier: ${definition}.`,
    treatment(known),
  ];
  return parts.filter(Boolean).join(' ').replaceAll('..', '.');
}
