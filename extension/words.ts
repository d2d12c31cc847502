import { barrierLabel } from '../engine/vocabulary/barrierWords';
import { percent, significant } from '../engine/vocabulary/numbers';
import { seedText } from '../engine/vocabulary/seeds';
import { measureName, searchLabel, shownMeasure, type SearchMeasures } from '../engine/vocabulary/searchAccuracy';
import { DONE_LOOKS } from '../engine/vocabulary/looks';
import type { DoctorCheck, Method, RunSummary } from '../engine/protocol';

/** What the rows above a row say already: nothing, or the share of kept weights. */
export type Said = 'nothing' | 'kept';

interface Room {
  said?: Said;
  /** Leaves out that an accuracy is that of a search, where the rows say so. The official accuracy of aws is named, because it is too low. */
  brief?: boolean;
}

/** Returns progress and results in one line: “round 3 of 8 · 48.8 % kept · 88.1 % · in search, re-estimated”. A narrow row cuts the end. */
export function standing(run: RunSummary, room: Room = {}): string {
  const results = resultsOf(run, room);
  if (run.status === 'done' && results.length > 0) return results.join(' · ');
  return [...stateOf(run), ...results].join(' · ');
}

/** Returns status and progress. A run that is done has no progress, and a running run shows progress instead of status. */
function stateOf(run: RunSummary): string[] {
  if (run.status === 'running') return run.stopping ? ['stopping…', progressOf(run)] : [progressOf(run)];
  return run.status === 'done' || !run.progress ? [run.status] : [run.status, progressOf(run)];
}

/** Describes a run by method, model, data and seed. */
export function identity(run: RunSummary): string {
  const what =
    run.kind === 'train' && run.source ? sourceOf(run.source) : run.kind === 'search' ? run.method : run.kind;
  return [what, run.model, run.dataset, `seed ${seedText(run)}`].join(' · ');
}

function progressOf({ kind, progress, status }: RunSummary): string {
  if (!progress) return 'starting';
  const { round, rounds, epochs } = progress;
  const epoch = `epoch ${Math.min(progress.epoch + 1, epochs)} of ${epochs}`;
  if (kind === 'search') return `round ${round} of ${rounds}${status === 'running' ? '' : ` · ${epoch}`}`;
  return kind === 'train' ? epoch : 'measuring';
}

/** Returns kept weights and test accuracy after a round. An accuracy during a search is labelled, because it is not the ticket's accuracy. */
export function roundFigures(round: RunSummary['rounds'][number], run: Measuring, brief = false): string {
  return figures(round, round.sparsity, { run, room: { brief } }).join(' · ');
}

/** Formats the share of kept weights, from 0 to 1, with three significant digits, or two where there is little room. */
export function keptText(kept: number, brief = false): string {
  const isRound = kept === 1 || kept < 0.995; // two digits must not round others to 100 %
  return `${brief && isRound ? `${Number((100 * kept).toPrecision(2))} %` : percent(kept)} kept`;
}

type Measuring = Pick<RunSummary, 'kind' | 'method'>;
type Sparsity = RunSummary['rounds'][number]['sparsity'];

/** Returns kept weights, accuracy and the label of the accuracy. */
function figures(
  measures: SearchMeasures | undefined,
  sparsity: Sparsity | undefined,
  { run: { kind, method }, room: { said, brief = false } }: { run: Measuring; room: Room },
): string[] {
  const inSearch = kind === 'search';
  const shown = measures && (inSearch ? shownMeasure(measures) : measures.test);
  const named = measures && inSearch ? labelOf(measures, method, brief) : undefined;
  return [
    ...(sparsity && said !== 'kept' ? [keptText(1 - sparsity.prunable, brief)] : []),
    ...(shown ? [`${significant(shown.accuracy)} %`] : []),
    ...(named === undefined ? [] : [named]),
  ];
}

function labelOf(measures: SearchMeasures, method: Method, brief: boolean): string | undefined {
  if (!brief) return searchLabel(measures, method);
  return measures.reestimated ? undefined : measureName(false, method);
}

function resultsOf(run: RunSummary, room: Room): string[] {
  const { result, rounds } = run;
  if (result?.kind === 'surface') return ['loss surface'];
  if (result?.kind === 'connectivity') return [barrierLabel(result.barrier, run.ends?.points)];
  const last = rounds.at(-1);
  const sparsity = result?.sparsity ?? last?.sparsity;
  const measures = result?.kind === 'train' ? result : last;
  return figures(measures, sparsity && sparsity.prunable > 0 ? sparsity : undefined, { run, room });
}

function sourceOf(source: NonNullable<RunSummary['source']>): string {
  return source.from === 'initialization' ? 'dense' : DONE_LOOKS[source.variant].label;
}

/** Returns the name of a round. A full training has one round, whose checkpoint is the final one. */
export function roundName(round: number, { kind }: Pick<RunSummary, 'kind'>): string {
  return kind === 'train' ? 'final' : `round ${round}`;
}

/** Returns “5 of 6 checks passed. 2 optional parts are not available.” */
export function checksSentence(checks: readonly DoctorCheck[]): string {
  const needed = checks.filter(({ optional }) => !optional);
  const missing = checks.length - needed.length;
  const passed = `${needed.filter(({ ok }) => ok).length} of ${needed.length} checks passed.`;
  if (missing === 0) return passed;
  return `${passed} ${missing} optional ${missing === 1 ? 'part is' : 'parts are'} not available.`;
}
