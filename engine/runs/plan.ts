/** Plans the network of a run, and checks that the rounds of a search are possible. */
import { sumOf } from '../collections';
import { countBatches } from '../datasets/plans';
import type { Dataset } from '../datasets/dataset';
import { UserError } from '../errors';
import { parameterPath } from '../checkpoints/modulePath';
import { plannedGoals, type PlannedGoal } from '../lottery/scopes';
import type { Architecture } from '../models/network';
import { buildArchitecture } from '../models/registry';
import { layerNameOf, sizeOf, weightNameOf } from '../tensors';
import type { Inspection } from '../vocabulary/inspection';
import { firstRoundOf } from '../vocabulary/rounds';
import type { RunRecord } from '../vocabulary/runRecord';

/** Builds the network of a run for its data. Throws UserError if a search cannot finish all its rounds with this data. */
export function planNetwork(record: RunRecord, data: Dataset): Architecture {
  const { height, width, channels, classes } = data;
  const architecture = buildArchitecture(record.model, { height, width, channels, classes });
  if (record.kind === 'search') checkSearch(record, data, architecture);
  return architecture;
}

/** Throws UserError if not all rounds of a search are possible. */
function checkSearch(record: RunRecord, data: Dataset, architecture: Architecture): void {
  const { method, rewindStep, warmupEpochs, targetSparsity } = record;
  const steps = warmupEpochs * countBatches(data, record);
  if (method === 'imp' && rewindStep >= steps)
    throw new UserError(
      `"rewindStep" is ${rewindStep}, but round 0 has ${steps} steps. Lower it, or raise "warmupEpochs".`,
      { field: 'rewindStep' },
    );
  if (method === 'one-shot' && targetSparsity === undefined)
    throw new UserError('"targetSparsity" is missing. The method one-shot prunes to this sparsity. Add it.', {
      field: 'targetSparsity',
    });
  checkCounts(record, architecture);
}

/**
 * Returns the goal of each pruning of a search. `start` describes the checkpoint that it continues from. If that is not known, there are no
 * goals: they were checked before the run was made.
 */
export function goalsOf(
  record: RunRecord,
  { entries }: Pick<Architecture, 'entries'>,
  start?: Inspection,
): PlannedGoal[] {
  const first = firstRoundOf(record);
  if (first > 0 && !start) return [];
  const kept = new Map(start?.layers.map((layer) => [parameterPath(weightNameOf(layer.name)), layer.kept]));
  const layers = entries
    .filter(({ prunable }) => prunable)
    .map(({ name, shape }) => ({ shape, kept: kept.get(parameterPath(name)) ?? sizeOf(shape) }));
  return plannedGoals(layers, record, Math.max(0, first - 1));
}

/**
 * Throws UserError if a round of a search leaves no weight, or if a dense first layer has more weights than a round keeps. `start` describes
 * the checkpoint that the search continues from.
 */
export function checkCounts(record: RunRecord, architecture: Architecture, start?: Inspection): void {
  const { entries } = architecture;
  const layers = entries.filter(({ prunable }) => prunable);
  const sizes = layers.map(({ shape }) => sizeOf(shape));
  const { scope, pruningFraction, targetSparsity } = record;
  for (const { round, goal } of goalsOf(record, architecture, start)) {
    const isDenseFirst = scope === 'uniform' && 'each' in goal && sumOf(goal.each.slice(1)) === 0;
    if (isDenseFirst && layers.length > 0)
      throw new UserError(
        `"scope" is "uniform", which keeps the first prunable layer dense. Round ${round + 1} would then prune all other layers, because ${layerNameOf(layers[0]!.name)} has ${sizes[0]} of ${sumOf(sizes)} prunable weights. Choose another scope, or a lower sparsity.`,
        { field: 'scope' },
      );
    if (('each' in goal ? sumOf(goal.each) : goal.together) > 0) continue;
    const field = targetSparsity === undefined ? 'pruningFraction' : 'targetSparsity';
    const remedy = targetSparsity === undefined ? 'Lower it, or "rounds".' : 'Lower it.';
    throw new UserError(
      `"${field}" is ${targetSparsity ?? pruningFraction}, which leaves none of ${sumOf(sizes)} prunable weights in round ${round + 1}. ${remedy}`,
      { field },
    );
  }
}
