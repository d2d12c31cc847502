/** The finding about the accuracies of a run and of what was made from it, in one sentence. */
import { DONE_LOOKS, type Done } from '../../../engine/vocabulary/looks';
import { meanOf } from '../../../engine/vocabulary/statistics';
import type { ListedRun } from '../../../engine/protocol';
import { density, percentage } from '../../format';
import { denseOf, SAME_DENSITY, type Experiment, type Measured } from './accuracyData';

/** The networks in the order in which a sentence names them. */
const ORDER: readonly Done[] = ['signed-mask', 'mask-only', 'retrain'];

/** The start of the sentence. Other networks have the name of the legend, followed by “trains”. */
const SUBJECTS: Partial<Record<Done, string>> = {
  'signed-mask': 'the signed mask trains',
  'mask-only': 'the mask alone trains',
  retrain: 'the retrained ticket gets',
  'psi-kept': 'the signed mask with the trained ψ trains',
  'random-signs': 'the mask with random signs trains',
  'initial-signs': 'the mask with the initial signs trains',
};

/** Further parts of the sentence. */
const OTHERS: Partial<Record<Done, string>> = {
  'signed-mask': 'its signed mask',
  'mask-only': 'its mask alone',
  retrain: 'the retrained ticket',
};

interface Value {
  done: Done;
  mean: number;
  n: number;
}

/**
 * Returns for example “At 6.4 % kept, the signed mask trains to 84.9 %, 0.8 points below dense; its mask alone to 80.6 % (n = 2).” Says what
 * is missing for that.
 */
export function accuracyFinding(experiments: readonly Experiment[], own: ListedRun): string {
  const mine = experiments.find(({ measured }) => measured.some(({ run }) => run.directory === own.directory));
  if (!mine) return '';
  const dense = denseOf(experiments);
  if (mine.isDense) return denseSentence(mine);
  const tickets = ticketsOf(experiments, own, mine);
  const place = placeOf(tickets, own);
  if (place === undefined) return withoutTickets(mine, dense);
  const values = valuesAt(tickets, place, own);
  const missing = [
    !dense && `There is no dense run of ${own.model} on ${own.dataset} to compare with.`,
    !values.some(({ done }) => done === 'signed-mask') && 'Its signed mask has not been trained at this sparsity.',
  ];
  return [sentenceOf(values, place, dense), ...missing].filter(Boolean).join(' ');
}

function denseSentence({ name, points: [point], n }: Experiment): string {
  const { mean, deviation } = point!;
  const spread = deviation === undefined ? '' : ` ± ${deviation.toFixed(1)}`;
  return `${name} trains to ${mean.toFixed(1)}${spread} % (n = ${n}).`;
}

/** Returns the trainings from the same search, or from its repetitions with other seeds. */
function ticketsOf(experiments: readonly Experiment[], own: ListedRun, mine: Experiment): Measured[] {
  const of = own.kind === 'search' ? own.directory : own.sources[0]?.run;
  const search = own.kind === 'search' ? mine : experiments.find((one) => has(one, of));
  const sources = new Set(search?.measured.map(({ run }) => run.directory) ?? [of]);
  const trained = experiments.flatMap(({ measured, done, isDense }) => (done === 'search' || isDense ? [] : measured));
  return trained.filter(({ run }) => run.directory === own.directory || sources.has(run.sources[0]?.run));
}

function has({ measured }: Experiment, directory: string | undefined): boolean {
  return measured.some(({ run }) => run.directory === directory);
}

/** Returns the density of the sentence: that of a ticket, or the lowest one of a signed mask, or of any ticket. */
function placeOf(tickets: readonly Measured[], own: ListedRun): number | undefined {
  const mine = tickets.filter(({ run }) => run.directory === own.directory);
  const signed = tickets.filter(({ run }) => doneOfTicket(run) === 'signed-mask');
  const from = [mine, signed, tickets].find((some) => some.length > 0);
  return from && Math.min(...from.map((one) => one.density));
}

function doneOfTicket({ source }: ListedRun): Done {
  return source?.from === 'checkpoint' ? source.variant : 'training';
}

/** Returns the means at a density. The run of the panel is first. */
function valuesAt(tickets: readonly Measured[], place: number, own: ListedRun): Value[] {
  const near = tickets.filter((one) => Math.abs(Math.log(one.density / place)) < Math.log(SAME_DENSITY));
  const first = own.kind === 'train' ? [doneOfTicket(own)] : [];
  const rest = Object.keys(DONE_LOOKS) as Done[];
  return [...new Set([...first, ...ORDER, ...rest])].flatMap((done) => {
    const ones = near.filter(({ run }) => doneOfTicket(run) === done);
    if (ones.length === 0) return [];
    const { mean, n } = meanOf(ones.map(({ accuracy }) => accuracy));
    return [{ done, mean, n }];
  });
}

function sentenceOf(values: readonly Value[], place: number, dense: Experiment | undefined): string {
  const shown = [values[0]!, ...values.slice(1).filter(({ done }) => ORDER.includes(done))];
  const counts = [...shown.map(({ n }) => n), ...(dense ? [dense.n] : [])];
  const isEqual = counts.every((n) => n === counts[0]);
  const n = (count: number) => (isEqual ? '' : ` (n = ${count})`);
  const [lead, ...others] = shown;
  const subject = SUBJECTS[lead!.done] ?? `${DONE_LOOKS[lead!.done].label} trains`;
  const gap = dense ? `, ${gapText(lead!.mean - dense.points[0]!.mean)}${n(dense.n)}` : '';
  const rest = others.map((one) => `; ${OTHERS[one.done]!} to ${percentage(one.mean)}${n(one.n)}`);
  const all = isEqual ? ` (n = ${counts[0]!}${counts[0]! > 1 ? ' each' : ''})` : '';
  return `At ${density(place)} % kept, ${subject} to ${percentage(lead!.mean)}${n(lead!.n)}${gap}${rest.join('')}${all}.`;
}

/** Returns for example “0.8 points below dense”. */
function gapText(gap: number): string {
  const size = Math.abs(gap).toFixed(1);
  if (Number(size) === 0) return 'as dense';
  return `${size} points ${gap < 0 ? 'below' : 'above'} dense`;
}

/** The sentence about a search from which nothing was trained. */
function withoutTickets({ points, n }: Experiment, dense: Experiment | undefined): string {
  const { density: kept, mean } = points.at(-1)!;
  const more = dense ? '' : ' There is no dense run to compare with, either.';
  return `At ${density(kept)} % kept, the network of the search has ${percentage(mean)} (n = ${n}). No ticket of it has been trained: transfer its signed mask to see how it compares with dense.${more}`;
}
