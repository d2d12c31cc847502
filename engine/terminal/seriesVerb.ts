/** The verb `series`: shows how masks and signs change from checkpoint to checkpoint. */
import { UserError } from '../errors';
import { measureSeries } from '../inspection/series';
import { namesOf } from '../vocabulary/fileNames';
import type { Series, SeriesCounts } from '../vocabulary/inspection';
import { nameText } from '../vocabulary/layerNames';
import { percent } from '../vocabulary/numbers';
import { oneLine } from '../vocabulary/text';
import { table } from './format';
import { oneOf, type Verb } from './verb';

type Measure = (counts: SeriesCounts) => [part: number, whole: number];

/** The measures that the table of layers can show. */
const MEASURES = {
  kept: ({ kept, count }) => [kept, count],
  'flipped-first': ({ flippedSinceFirst, keptSinceFirst }) => [flippedSinceFirst, keptSinceFirst],
  'flipped-previous': ({ flippedSincePrevious, keptSincePrevious }) => [flippedSincePrevious, keptSincePrevious],
  regrown: ({ regrown, kept }) => [regrown, kept],
  init: ({ sameSignAsInit = 0, keptWithInit = 0 }) => [sameSignAsInit, keptWithInit],
} satisfies Record<string, Measure>;

export const seriesVerb: Verb = {
  usage: 'series DIR|FILES… [--init FILE] [--show MEASURE] [--layers RULE] [--state NAME] [--as-given]',
  summary: 'show kept weights, flips and regrown weights of each layer in a series of checkpoints',
  positionals: [1, 10_000],
  options: {
    init: 'the initialization, to show how many signs agree with it',
    show: 'what the table of layers shows: kept, flipped-first, flipped-previous, regrown, init',
    layers: 'which layers are prunable, as for inspect',
    state: 'the state dict to show, if the files have several, such as ema',
  },
  flags: { 'as-given': 'keeps the order of the files; otherwise numbers decide if names differ only in numbers' },
  run: async ({ positionals: targets, text: { init, show = 'kept', layers, state }, flags }) => {
    const measure = oneOf('show', show, Object.keys(MEASURES) as (keyof typeof MEASURES)[]);
    if (measure === 'init' && init === undefined) throw new UserError('--show init needs --init FILE.');
    const series = await measureSeries({
      ...{ targets, asGiven: flags['as-given'] === true },
      ...(init !== undefined && { init }),
      ...(layers !== undefined && { layers }),
      ...(state !== undefined && { state }),
    });
    return { json: series, text: formatSeries(series, measure) };
  },
};

/** Formats a table of the whole network with a row for each checkpoint, and a table with one measure of each layer. */
export function formatSeries(
  { init, layers, checkpoints, skipped, warnings }: Series,
  show: keyof typeof MEASURES,
): string {
  const shown = (Object.keys(MEASURES) as (keyof typeof MEASURES)[]).filter(
    (name) => name !== 'init' || init !== undefined,
  );
  const labels = namesOf(checkpoints.map(({ file }) => file));
  const rows = checkpoints.map(({ total }, i) => [
    labels[i]!,
    ...shown.map((name) => shareText(MEASURES[name], total)),
  ]);
  const columns = checkpoints.slice(0, MOST_COLUMNS);
  const layerRows = layers.map(({ name }, at) => [
    nameText(name),
    ...columns.map((one) => shareText(MEASURES[show], one.layers[at])),
  ]);
  const more = checkpoints.length - columns.length;
  return [
    table([['checkpoint', ...shown], ...rows]),
    'kept: share of the prunable weights. flipped-first, flipped-previous: share of the weights kept in both whose sign differs from the first checkpoint, or from the one before. regrown: share of the kept weights that the checkpoint before pruned.',
    ...(init === undefined ? [] : [`init: share of the weights kept in both that have the sign of ${oneLine(init)}.`]),
    '',
    table([[`${show} of layer`, ...labels.slice(0, MOST_COLUMNS)], ...layerRows]),
    ...(more > 0 ? [`and ${more} more checkpoints; --json has all`] : []),
    ...(skipped.length > 0 ? [oneLine(`not in the series: ${namesOf(skipped).join(', ')}`)] : []),
    ...warnings.map((warning) => oneLine(`warning: ${warning}`)),
  ].join('\n');
}

const MOST_COLUMNS = 12;

function shareText(measure: Measure, counts: SeriesCounts | null | undefined): string {
  if (!counts) return '–';
  const [part, whole] = measure(counts);
  return whole === 0 ? '–' : percent(part / whole);
}
