/** Formats the comparison of several checkpoints for the terminal. */
import { MASK_CHANCE, SIGMA, sigmaText, SIGN_CHANCE } from '../vocabulary/chance';
import { namesOf } from '../vocabulary/fileNames';
import type { LayerComparison } from '../vocabulary/inspection';
import type { ComparisonMatrix, MatrixPair } from '../vocabulary/matrix';
import { percent } from '../vocabulary/numbers';
import { oneLine } from '../vocabulary/text';
import { table } from './format';

/** Returns the numbered files, a matrix for masks and one for signs, and a table of all pairs with chance and σ. */
export function formatMatrix({ files, pairs, unreadable = [] }: ComparisonMatrix): string {
  const failed = new Set(unreadable.map(({ place }) => place));
  const numbered = namesOf(files).map((name, place) => `${place + 1} ${name}`);
  const matrix = (title: string, text: (total: LayerComparison) => string) =>
    table([
      [title, ...files.map((_, place) => String(place + 1))],
      ...numbered.map((name, row) => [
        name,
        ...files.map((_, column) => cellOf({ pairs, failed }, [row, column], text)),
      ]),
    ]);
  const rows = pairs.flatMap(({ a, b, total }) => (total ? [[`${a + 1} – ${b + 1}`, ...numbersOf(total)]] : []));
  const header = ['pair', 'IoU', 'chance', 'σ', 'same sign', 'chance', 'σ'];
  const odd = pairs.flatMap(({ a, b, reason }) =>
    reason === undefined || failed.has(a) || failed.has(b)
      ? []
      : [oneLine(`not compared: ${a + 1} – ${b + 1}: ${reason}`)],
  );
  const partial = pairs.flatMap(({ a, b, total, layers, unmatched }) =>
    total && unmatched > 0
      ? [
          `left out: ${a + 1} – ${b + 1}: ${unmatched} ${unmatched === 1 ? 'layer' : 'layers'} without a partner; ${layers} compared`,
        ]
      : [],
  );
  const warnings = new Set(pairs.flatMap((pair) => pair.warnings ?? []));
  return [
    ...[matrix('masks: IoU', ({ iou }) => percent(iou)), '', matrix('signs: same', agreement), ''],
    ...[table([header, ...rows]), MASK_CHANCE, SIGN_CHANCE, SIGMA],
    ...unreadable.map(({ place, reason }) => oneLine(`unreadable: ${place + 1}: ${reason}`)),
    ...odd,
    ...partial,
    ...[...warnings].map((warning) => oneLine(`warning: ${warning}`)),
  ].join('\n');
}

function cellOf(
  { pairs, failed }: { pairs: readonly MatrixPair[]; failed: ReadonlySet<number> },
  places: [number, number],
  text: (total: LayerComparison) => string,
) {
  const [a, b] = [Math.min(...places), Math.max(...places)];
  const pair = pairs.find((one) => one.a === a && one.b === b);
  if (!pair) return '–';
  if (failed.has(a) || failed.has(b)) return 'unreadable';
  return pair.total ? text(pair.total) : 'no match';
}

function numbersOf(total: LayerComparison): string[] {
  const chance = total.keptBoth > 0 ? percent(total.chanceAgreement) : '–';
  return [
    ...[percent(total.iou), percent(total.chanceIou), sigmaText(total.maskSigma)],
    ...[agreement(total), chance, sigmaText(total.signSigma)],
  ];
}

function agreement({ keptBoth, signAgreement }: LayerComparison): string {
  return keptBoth > 0 ? percent(signAgreement) : '–';
}
