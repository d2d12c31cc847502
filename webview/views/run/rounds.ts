/** The table of a run's rounds, with buttons for their checkpoints. */
import type { RoundResult, RunSnapshot } from '../../../engine/protocol';

import { OFFICIAL, officialCaveat, REESTIMATED, shownMeasure } from '../../../engine/vocabulary/searchAccuracy';
import { button } from '../../dom';
import { count, number, percent, percentage } from '../../format';
import type { Host } from '../../host';
import type { PanelAction } from '../../protocol';
import { emptyState } from '../../parts/message';
import { drawTable, type Column } from '../../parts/table';
import { crossedInRound, flippedInRound } from './heatData';

export interface RoundsOptions {
  host: Host;
  run: RunSnapshot;
  selected?: number;
  select: (round: number) => void;
}

/** Draws the table into a node. */
export function drawRounds(node: HTMLElement, { host, run, selected, select }: RoundsOptions): void {
  if (run.rounds.length === 0) {
    node.replaceChildren(emptyState('Each round appears here after it has ended, with its checkpoint.'));
    return;
  }
  node.querySelector('.empty')?.remove();
  drawTable(node, run.rounds, {
    columns: columnsOf(host, run),
    key: ({ round }) => String(round),
    label: 'Rounds',
    selected: selected === undefined ? undefined : String(selected),
    onSelect: ({ round }) => {
      select(round);
    },
  });
}

function columnsOf(host: Host, run: RunSnapshot): Column<RoundResult>[] {
  const trained = run.kind === 'train';
  return [
    {
      title: '#',
      hint: trained ? undefined : 'round; 0 is dense',
      numeric: true,
      text: ({ round }) => (trained ? 'final' : String(round)),
    },
    {
      title: 'kept',
      numeric: true,
      draw: (cell, round) => {
        drawKept(cell, round, run);
      },
    },
    ...accuracyColumns(run),
    ...top5Columns(run),
    {
      title: 'flips',
      hint: 'share of kept weights whose sign differs from the initialization',
      numeric: true,
      text: (round) => percent(flippedInRound(round, 'initialization')),
    },
    {
      title: 'checkpoint',
      draw: (cell, round) => {
        if (!cell.hasChildNodes()) cell.append(...actionsOf(round, run, host));
      },
    },
    ...recordColumns(run),
  ];
}

/** Returns the columns of what newer versions record, if some round has it. */
function recordColumns({ rounds }: RunSnapshot): Column<RoundResult>[] {
  const columns: (Column<RoundResult> & { of: (round: RoundResult) => number | undefined })[] = [
    {
      title: 'crossed',
      hint: 'share of kept weights that crossed zero during the round: they had both signs at its start or after its epochs',
      of: crossedInRound,
      text: (round) => percent(crossedInRound(round)),
    },
    {
      title: 'gradient',
      hint: 'mean L2 norm of the gradient in the last epoch: masked, without weight decay',
      of: ({ gradientNorm }) => gradientNorm,
      text: ({ gradientNorm }) => number(gradientNorm ?? NaN),
    },
    {
      title: 'images/s',
      hint: 'training images per second, without evaluations',
      of: ({ imagesPerSecond }) => imagesPerSecond,
      text: ({ imagesPerSecond }) => number(imagesPerSecond ?? NaN),
    },
  ];
  const isRecorded = (value = NaN) => Number.isFinite(value);
  return columns
    .filter(({ of }) => rounds.some((round) => isRecorded(of(round))))
    .map(({ of, ...column }) => ({ ...column, numeric: true }));
}

/** Returns the column of top-5, which is measured on data with more than 100 classes. */
function top5Columns({ rounds }: RunSnapshot): Column<RoundResult>[] {
  const of = (round: RoundResult) => shownMeasure(round).top5;
  if (!rounds.some((round) => of(round) !== undefined)) return [];
  const hint =
    'share of test images whose class is among the five largest outputs; measured like the accuracy before it';
  return [{ title: 'top-5', hint, numeric: true, text: (round) => percentage(of(round) ?? NaN) }];
}

/** Returns the columns of the accuracy. A search has two if it was re-estimated: re-estimated and official. */
function accuracyColumns({ kind, method, rounds }: RunSnapshot): Column<RoundResult>[] {
  const top1 = 'top-1 on the test split,';
  const official = ({ test }: RoundResult) => percentage(test.accuracy);
  if (kind === 'train')
    return [{ title: 'accuracy', hint: `${top1} after full training`, numeric: true, text: official }];
  const reestimated = rounds.some((round) => round.reestimated);
  const hint = [`${top1} during the search, ${OFFICIAL}.`, officialCaveat(method, reestimated)]
    .filter(Boolean)
    .join(' ');
  if (!reestimated) return [{ title: 'search accuracy', hint, numeric: true, text: official }];
  return [
    {
      title: REESTIMATED,
      hint: `${top1} during the search, with batch-norm statistics measured again at α = 0`,
      numeric: true,
      text: (round) => (round.reestimated ? percentage(round.reestimated.accuracy) : '–'),
    },
    { title: 'official', hint, numeric: true, text: official },
  ];
}

function drawKept(cell: HTMLElement, { sparsity }: RoundResult, { parameters: { prunable, all } }: RunSnapshot): void {
  const kept = percent(1 - sparsity.prunable);
  cell.textContent = kept;
  cell.title = `kept: ${kept} of ${count(prunable)} prunable weights, ${percent(1 - sparsity.all)} of all ${count(all)} parameters`;
}

function actionsOf({ round, checkpoint: file }: RoundResult, run: RunSnapshot, host: Host): HTMLElement[] {
  const before = run.rounds.find((other) => other.round === round - 1);
  const other = before ? before.checkpoint : run.initialization;
  const act = (label: string, name: string, action: PanelAction) => {
    const press = () => {
      host.act(action);
    };
    return button({ label, icon: name, press });
  };
  const what = run.kind === 'train' ? 'the final checkpoint' : `the checkpoint of round ${round}`;
  const partner = before ? `round ${round - 1}` : 'the initialization';
  return [
    act(`Open ${what}`, 'go-to-file', { action: 'openCheckpoint', file }),
    ...(other === undefined
      ? []
      : [act(`Compare with ${partner}`, 'compare-changes', { action: 'compare', a: other, b: file })]),
    act(`Transfer the signed mask of ${what}`, 'repo-forked', { action: 'transfer', file }),
  ];
}
