/** The verb `show`: prints the options, rounds, epochs and result of a run, or the points of a connectivity run. */
import path from 'node:path';
import { readRun } from '../runs/list';
import { summaryWithPair } from '../runs/pairOfRun';
import { backendText } from '../vocabulary/backendWords';
import { percent, significant } from '../vocabulary/numbers';
import type { EpochResult, RoundLayer, RoundResult } from '../vocabulary/runEvents';
import type { Method } from '../vocabulary/runOptions';
import type { RunSnapshot, RunSummary } from '../vocabulary/runSummary';
import { seedText } from '../vocabulary/seeds';
import { oneLine } from '../vocabulary/text';
import { OFFICIAL_SHORT, REESTIMATED, searchLabel, type SearchMeasures } from '../vocabulary/searchAccuracy';
import { alphaText, formatRun, measured, placeText, table } from './format';
import { networkLine, MEASURED_WITH, startLines } from './formatStart';
import { agreementTable, agreementWords } from './formatSigns';
import { formatRound, roundOf } from './roundTables';
import { runDocument } from './runDocument';
import { refuseRunFile, type Verb } from './verb';

export const showVerb: Verb = {
  usage: 'show DIR [--round N]',
  summary: 'show a run: its options, rounds, epochs and result',
  positionals: [1, 1],
  options: { round: 'also show the layers of this round: kept weights, signs, flips, and ψ' },
  run: async ({ positionals, text }) => {
    refuseRunFile(positionals[0]!);
    const { snapshot } = await readRun(path.resolve(positionals[0]!));
    const summary = await summaryWithPair(snapshot);
    const round = text['round'] === undefined ? [] : formatRound(roundOf(snapshot.rounds, text['round']));
    return {
      json: runDocument(summary, snapshot),
      text: [formatShown(summary, snapshot), ...round].join('\n'),
    };
  },
};

function formatShown(summary: RunSummary, snapshot: RunSnapshot): string {
  const { kind, method, model, dataset, options, backend } = summary;
  const given = Object.entries(options).filter(
    ([name]) =>
      !['method', 'model', 'dataset', 'seed', 'dataSeed'].includes(name) &&
      (kind !== 'connectivity' || MEASURED_WITH.includes(name)),
  );
  return [
    formatRun(summary),
    ...agreementWords(snapshot).map((sentence) => `  ${sentence}`),
    `  ${kind} by ${method}, ${model} on ${dataset}, seed ${seedText(summary)}`,
    ...[...networkLine(snapshot.record), ...startLines(snapshot.record)].map((line) => oneLine(`  ${line}`)),
    ...(given.length > 0 ? [`  ${given.map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(', ')}`] : []),
    ...(backend ? [`  backend ${backendText(backend)}`] : []),
    ...agreementTable(snapshot),
    ...sections(snapshot),
  ].join('\n');
}

function sections({ directory, kind, method, rounds, epochs, points, cells }: RunSnapshot): string[] {
  if (cells) {
    const rows = cells.map((cell) => [placeText(cell), measured(cell.train), measured(cell.test)]);
    return ['', table([['(x, y)', 'train', 'test'], ...rows])];
  }
  if (kind === 'connectivity') {
    const fromA = [...points].sort((a, b) => b.alpha - a.alpha);
    const rows = fromA.map(({ alpha, train, test }) => [alphaText(alpha), measured(train), measured(test)]);
    return rows.length > 0 ? ['', table([['α', 'train', 'test'], ...rows])] : [];
  }
  const tests = kind === 'search' ? searchColumns([...rounds, ...epochs], method) : PLAIN_COLUMN;
  const records = RECORDED.filter(({ text }) => rounds.some((round) => text(round) !== '–'));
  const roundRows = rounds.map((round) => [
    String(round.round),
    percent(round.sparsity.prunable),
    ...tests.map(({ text }) => text(round)),
    ...records.map(({ text }) => text(round)),
    path.relative(directory, round.checkpoint),
  ]);
  const titles = tests.map(({ title }) => title);
  const roundTable =
    kind === 'search' && roundRows.length > 0
      ? [
          '',
          table([['round', 'sparsity', ...titles, ...records.map(({ title }) => title), 'checkpoint'], ...roundRows]),
        ]
      : [];
  const epochRows = spread(epochs).map((epoch) => [
    ...(kind === 'search' ? [String(epoch.round)] : []),
    `${epoch.epoch + 1}/${epoch.epochs}`,
    measured(epoch.train),
    ...tests.map(({ text }) => text(epoch)),
    epoch.seconds.toFixed(1),
  ]);
  const head = [...(kind === 'search' ? ['round'] : []), 'epoch', 'train', ...titles, 'seconds'];
  return epochRows.length > 0 ? [...roundTable, '', table([head, ...epochRows])] : roundTable;
}

interface TestColumn {
  title: string;
  text: (measures: SearchMeasures) => string;
}

/** What rounds of newer versions record. */
const RECORDED: { title: string; text: (round: RoundResult) => string }[] = [
  { title: 'crossed zero', text: ({ layers }) => crossedShare(layers) },
  { title: 'gradient norm', text: ({ gradientNorm }) => orDash(gradientNorm) },
  { title: 'images/s', text: ({ imagesPerSecond }) => orDash(imagesPerSecond) },
];

/** Returns the share of kept weights that crossed zero in a round. */
function crossedShare(layers: readonly RoundLayer[]): string {
  const kept = layers.reduce((sum, layer) => sum + layer.kept, 0);
  const crossed = layers.reduce((sum, layer) => sum + (layer.crossedZero ?? NaN), 0);
  return kept > 0 && !Number.isNaN(crossed) ? percent(crossed / kept) : '–';
}

function orDash(value: number | undefined): string {
  return value === undefined ? '–' : significant(value);
}

const PLAIN_COLUMN: TestColumn[] = [{ title: 'test', text: ({ test }) => measured(test) }];

/** Returns the columns for the accuracy of a search: first the re-estimated accuracy, then the accuracy as in the official code. */
function searchColumns(rows: readonly SearchMeasures[], method: Method): TestColumn[] {
  const official = ({ test }: SearchMeasures) => measured(test);
  if (!rows.some(({ reestimated }) => reestimated))
    return [{ title: `test ${searchLabel({}, method)}`, text: official }];
  return [
    {
      title: `test in search, ${REESTIMATED}`,
      text: ({ reestimated }) => (reestimated ? measured(reestimated) : '–'),
    },
    { title: OFFICIAL_SHORT, text: official },
  ];
}

const MOST_EPOCHS = 30;

/** Returns at most `MOST_EPOCHS` evenly spaced epochs, including the last epoch. */
function spread(epochs: readonly EpochResult[]): EpochResult[] {
  const every = Math.ceil(epochs.length / MOST_EPOCHS);
  const last = epochs.length - 1;
  return epochs.filter((_, i) => (last - i) % every === 0);
}
