/** The rounds of a run as a table, each with what can be done with its checkpoint. */
import type { RoundResult, RunSnapshot } from '../../../engine/protocol';
import { button } from '../../dom';
import { count, joinPath, percent, percentage } from '../../format';
import type { Host } from '../../host';
import { drawTable, type Column } from '../../parts/table';
import { flippedInRound } from './heatData';

export interface RoundsOptions {
  host: Host;
  run: RunSnapshot;
  selected?: number;
  select: (round: number) => void;
}

/** Draws the table into a node. */
export function drawRounds(node: HTMLElement, { host, run, selected, select }: RoundsOptions): void {
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
  const accuracy = run.kind === 'train' ? 'accuracy' : 'search accuracy';
  return [
    { title: '#', hint: 'round; 0 is dense', numeric: true, text: ({ round }) => String(round) },
    { title: 'kept', numeric: true, draw: (cell, round) => { drawKept(cell, round, run); } },
    { title: accuracy, hint: 'top-1 on the test split; during the search, before full training', numeric: true, text: ({ test }) => percentage(test.accuracy) },
    { title: 'flips', hint: 'signs of kept weights that differ from the initialization', numeric: true, text: (round) => percent(flippedInRound(round, 'initialization')) },
    { title: 'checkpoint', draw: (cell, round) => { drawActions(cell, round, { host, run }); } },
  ]; // prettier-ignore
}

function drawKept(cell: HTMLElement, { sparsity }: RoundResult, { parameters: { prunable, all } }: RunSnapshot): void {
  cell.textContent = percent(1 - sparsity.prunable);
  cell.title = `${percent(1 - sparsity.prunable)} of ${count(prunable)} prunable weights; ${percent(1 - sparsity.all)} of all ${count(all)} parameters`;
}

function drawActions(
  cell: HTMLElement,
  { round, checkpoint }: RoundResult,
  { host, run }: { host: Host; run: RunSnapshot },
): void {
  if (cell.hasChildNodes()) return;
  const file = joinPath(run.directory, checkpoint);
  const before = run.rounds.find((other) => other.round === round - 1);
  const other = before ? joinPath(run.directory, before.checkpoint) : run.initialization;
  const name = before ? `round ${round - 1}` : 'the initialization';
  cell.append(
    button({ label: `Open the checkpoint of round ${round}`, icon: 'go-to-file', press: () => { host.act({ action: 'openCheckpoint', file }); } }),
    ...(other === undefined ? [] : [button({ label: `Compare with ${name}`, icon: 'compare-changes', press: () => { host.act({ action: 'compare', a: other, b: file }); } })]),
    button({ label: `Transfer the signed mask of round ${round}`, icon: 'repo-forked', press: () => { host.act({ action: 'transfer', file }); } }),
  ); // prettier-ignore
}
