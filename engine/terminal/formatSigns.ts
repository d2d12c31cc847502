/** Formats how many signs of a transferred network agree with those of its ticket. */
import { percent } from '../vocabulary/numbers';
import type { RunSnapshot } from '../vocabulary/runSummary';
import { agreementOfRun, agreementSentences, type Agreement } from '../vocabulary/transferSigns';
import { table } from './format';

type Transferred = Pick<RunSnapshot, 'source' | 'transferred'>;

/** Returns a sentence about the start network, and one about the initialization of the ticket if it is known. */
export function agreementWords(run: Transferred): string[] {
  const agreement = agreementOfRun(run);
  return agreement ? agreementSentences(agreement) : [];
}

/** Returns a table with a row for each layer. Returns an empty list if nothing was recorded. */
export function agreementTable(run: Transferred): string[] {
  const agreement = agreementOfRun(run);
  if (!agreement) return [];
  const isKnown = agreement.layers.some(({ initialization }) => initialization);
  const shares = (kept: number, { sameSign, chance }: Agreement = { sameSign: NaN, chance: NaN }) =>
    [sameSign / kept, chance].map((share) => (Number.isNaN(share) ? '–' : percent(share)));
  const rows = agreement.layers.map((layer) => [
    layer.name,
    String(layer.kept),
    ...shares(layer.kept, layer),
    ...(isKnown ? shares(layer.kept, layer.initialization) : []),
  ]);
  const head = ['layer', 'kept', 'same sign', 'by chance', ...(isKnown ? ['same as init', 'by chance'] : [])];
  return ['', 'signs of the checkpoint:', table([head, ...rows])];
}
