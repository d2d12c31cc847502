/** Formats what is kept of one round: its layers and its normalization layers. */
import { UserError } from '../errors';
import { percent, significant } from '../vocabulary/numbers';
import type { NormalizationLayer, RoundLayer, RoundResult, Spread } from '../vocabulary/runEvents';
import { table } from './format';

/** Returns the round with this number, which was given by `--round`. Throws UserError if there is none. */
export function roundOf(rounds: readonly RoundResult[], given: string): RoundResult {
  const found = rounds.find(({ round }) => String(round) === given);
  if (found) return found;
  const known = rounds.map(({ round }) => round);
  const which = known.length === 0 ? 'This run has not finished a round.' : `Finished rounds: ${known.join(', ')}.`;
  throw new UserError(`--round is ${given}, but there is no such round. ${which}`);
}

/** Formats a round as two tables. Old rounds do not have what was not recorded then. */
export function formatRound({ round, layers, normalization = [] }: RoundResult): string[] {
  const crossed = layers.some(({ crossedZero }) => crossedZero !== undefined);
  const head = ['layer', 'weights', 'kept', '+', '−', 'flipped since init', 'flipped since previous'];
  const rows = layers.map((layer) => [...cellsOf(layer), ...(crossed ? [String(layer.crossedZero ?? '–')] : [])]);
  const psi = [
    ['normalization', ...spreadTitles('scale'), 'scales < 0', ...spreadTitles('shift'), '‖ψ − ψ_init‖'],
    ...normalization.map(psiCells),
  ];
  return [
    '',
    `round ${round}`,
    table([[...head, ...(crossed ? ['crossed zero'] : [])], ...rows]),
    ...(normalization.length > 0 ? ['', table(psi)] : []),
  ];
}

function cellsOf(layer: RoundLayer): string[] {
  const { name, count, kept, positive, negative, flippedFromInit, keptSincePrevious, flippedFromPrevious } = layer;
  const previous = keptSincePrevious > 0 ? String(flippedFromPrevious) : '–';
  const initial = String(flippedFromInit ?? 'unknown');
  return [name, ...[count, kept, positive, negative].map(String), initial, previous];
}

function psiCells({ name, scale, shift, distance, negativeScales }: NormalizationLayer): string[] {
  const negative = negativeScales === undefined ? '–' : percent(negativeScales);
  return [name, ...spreadCells(scale), negative, ...spreadCells(shift), significant(distance)];
}

const spreadTitles = (part: string) => [`${part}: mean`, 's.d.', 'min', 'max'];

function spreadCells(spread: Spread | undefined): string[] {
  if (!spread) return ['–', '–', '–', '–'];
  const { mean, deviation, min, max } = spread;
  return [mean, deviation, min, max].map(significant);
}
