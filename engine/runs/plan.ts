/** Plans the network of a run, and checks that the rounds of a search are possible. */
import { sumOf } from '../collections';
import { countBatches } from '../datasets/plans';
import type { Dataset } from '../datasets/dataset';
import { UserError } from '../errors';
import { plannedGoals } from '../lottery/scopes';
import type { Architecture } from '../models/network';
import { buildArchitecture } from '../models/registry';
import { layerNameOf, sizeOf } from '../tensors';
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

/** Throws UserError if a round leaves no weight, or if a dense first layer has more weights than a round keeps. */
function checkCounts(record: RunRecord, { entries }: Architecture): void {
  const layers = entries.filter(({ prunable }) => prunable);
  const sizes = layers.map(({ shape }) => sizeOf(shape));
  const { scope, pruningFraction, targetSparsity } = record;
  const shapes = layers.map(({ shape }) => shape);
  plannedGoals(shapes, record).forEach((goal, before) => {
    const isDenseFirst = scope === 'uniform' && 'each' in goal && sumOf(goal.each.slice(1)) === 0;
    if (isDenseFirst && layers.length > 0)
      throw new UserError(
        `"scope" is "uniform", which keeps the first prunable layer dense. Round ${before + 1} would then prune all other layers, because ${layerNameOf(layers[0]!.name)} has ${sizes[0]} of ${sumOf(sizes)} prunable weights. Choose another scope, or a lower sparsity.`,
        { field: 'scope' },
      );
    if (('each' in goal ? sumOf(goal.each) : goal.together) > 0) return;
    const field = targetSparsity === undefined ? 'pruningFraction' : 'targetSparsity';
    const remedy = targetSparsity === undefined ? 'Lower it, or "rounds".' : 'Lower it.';
    throw new UserError(
      `"${field}" is ${targetSparsity ?? pruningFraction}, which leaves none of ${sumOf(sizes)} prunable weights in round ${before + 1}. ${remedy}`,
      { field },
    );
  });
}
