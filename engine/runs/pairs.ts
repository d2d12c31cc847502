/** Says what the two ends of a connectivity run have in common. Pure. */
import type { FileAsOf, RunRecord, SearchStart, TicketSource } from '../vocabulary/runRecord';
import type { CheckpointRole, Pair } from '../vocabulary/runRelations';
import { dataSeedOf } from '../vocabulary/seeds';
import { traitsOf } from '../vocabulary/transferVariants';
import { describeRecord, differencesBetween, type RecordedRun } from './differences';

/** The run that wrote an end, and which of its checkpoints the end is. */
export interface EndOrigin {
  run: RecordedRun;
  role: CheckpointRole;
}

/**
 * Returns the kind of a pair. Noise stability: the same start, but another order of the data (Frankle et al. 2020). Initialization
 * stability: another initialization, otherwise the same experiment. Linear mode connectivity: the ticket itself and its transfer onto a new
 * initialization, trained with the same seed. The official script calls the second SGD-noise stability, because its runs differ in both.
 */
export function pairOf(a: EndOrigin | undefined, b: EndOrigin | undefined): Pair {
  if (!a || !b) {
    const missing = !a && !b ? 'The runs of A and B are' : `The run of ${a ? 'B' : 'A'} is`;
    return { kind: 'unknown', sentence: `${missing} not known, so neither is what the two have in common.` };
  }
  if (a.run.directory === b.run.directory) return ofOneRun(a.role, b.role);
  return transferPair(a, b) ?? repetitionPair(a, b) ?? otherPair(a, b);
}

function ofOneRun(a: CheckpointRole, b: CheckpointRole): Pair {
  if (a === b) return { kind: 'other', sentence: 'A and B are the same checkpoint of one run.' };
  return { kind: 'other', sentence: `A is ${roleText(a)} and B is ${roleText(b)} of the same run.` };
}

function roleText(role: CheckpointRole): string {
  return typeof role === 'number' ? `round ${role}` : `the ${role} checkpoint`;
}

function transferPair(a: EndOrigin, b: EndOrigin): Pair | undefined {
  const [fromA, fromB] = [ticketOf(a.run.record), ticketOf(b.run.record)];
  if (fromA?.sha256 !== fromB?.sha256 || !fromA || !fromB || a.role !== 'final' || b.role !== 'final') return undefined;
  const [isWholeA, isWholeB] = [isWhole(fromA), isWhole(fromB)];
  const [seed, other] = [a.run.record.seed, b.run.record.seed];
  if (isWholeA === isWholeB || seed !== other || differing(a, b).some((name) => name !== 'start')) return undefined;
  const [retrained, transferred] = isWholeA ? ['A', 'B'] : ['B', 'A'];
  const { variant } = isWholeA ? fromB : fromA;
  return {
    kind: 'linear-mode-connectivity',
    sentence: `Linear mode connectivity: ${retrained} is the ticket itself, trained fully, and ${transferred} its transfer (${variant}), with the same seed ${seed}.`,
  };
}

function repetitionPair(a: EndOrigin, b: EndOrigin): Pair | undefined {
  const [recordA, recordB] = [a.run.record, b.run.record];
  if (a.role !== b.role || differing(a, b).length > 0 || sourceKey(recordA) !== sourceKey(recordB)) return undefined;
  const [dataA, dataB] = [dataSeedOf(recordA), dataSeedOf(recordB)];
  const orders = `different orders (data seeds ${dataA} and ${dataB})`;
  if (startSeed(recordA) === startSeed(recordB)) {
    if (dataA === dataB) return { kind: 'other', sentence: sameOrder(recordA, recordB) };
    return {
      kind: 'noise-stability',
      sentence: `Noise stability: A and B start from the same network and see the data in ${orders}.`,
    };
  }
  const data = dataA === dataB ? 'the data in the same order' : `the data in ${orders}`;
  return {
    kind: 'initialization-stability',
    sentence: `Initialization stability: A and B have different initializations (seeds ${recordA.seed} and ${recordB.seed}), and see ${data}.`,
  };
}

function sameOrder({ seed: a }: RunRecord, { seed: b }: RunRecord): string {
  if (a === b) return 'A and B are the same training.';
  return `A and B start from the same network and see the data in the same order. Only their seeds differ (${a} and ${b}).`;
}

function otherPair(a: EndOrigin, b: EndOrigin): Pair {
  const names = differing(a, b);
  const [fromA, fromB] = [sourceKey(a.run.record), sourceKey(b.run.record)];
  const reasons = [
    ...(a.role !== b.role ? [`A is ${roleText(a.role)} and B is ${roleText(b.role)}`] : []),
    ...(fromA !== fromB ? ['their runs started from different checkpoints or variants'] : []),
    ...(names.length > 0 ? [`their runs differ in ${names.join(', ')}`] : []),
  ];
  return { kind: 'other', sentence: `A and B are not repetitions of one experiment: ${reasons.join('; ')}.` };
}

/** Returns the names of the facts in which the runs of the ends differ. Seeds are not facts. */
function differing(a: EndOrigin, b: EndOrigin): string[] {
  return differencesBetween(describeRecord(a.run).facts, describeRecord(b.run).facts).map(({ name }) => name);
}

function ticketOf(record: RunRecord): TicketSource | undefined {
  return record.kind === 'train' && record.source.from === 'checkpoint' ? record.source : undefined;
}

/** Returns the checkpoint that a search continues from. */
function startOf(record: RunRecord): SearchStart | undefined {
  return record.kind === 'search' ? record.start : undefined;
}

/** Returns the transfer that a run started from, or the checkpoint that a search continues from, without seeds. */
function sourceKey(record: RunRecord): string {
  const { variant, rescale, rewind } = ticketOf(record) ?? {};
  const start = startOf(record);
  const { initialization, ...file } = ticketOf(record) ?? start ?? {};
  return JSON.stringify([keyOf(file), variant, rescale, keyOf(initialization), rewind?.sha256, start?.round]);
}

/** Returns what decides the network that is read from a file. */
function keyOf({ sha256, mask, layers, state }: Partial<FileAsOf> = {}): unknown[] {
  return [sha256, mask?.sha256, layers, state];
}

/**
 * Returns the seeds that decide the network before the first step. A ticket that is trained itself depends on no seed, and so does a search
 * that continues from a checkpoint, unless it prunes at random.
 */
function startSeed(record: RunRecord): string {
  const ticket = ticketOf(record);
  if (ticket && isWhole(ticket)) return '';
  if (startOf(record) && record.criterion === 'magnitude') return '';
  return JSON.stringify([record.seed, ticket?.magnitudeSeed]);
}

function isWhole({ variant }: TicketSource): boolean {
  return traitsOf(variant).whole === true;
}
