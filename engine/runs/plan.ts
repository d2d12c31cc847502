/** Plans the network of a run, and checks that the rounds of a search are possible. */
import { countBatches } from '../datasets/plans';
import type { Dataset } from '../datasets/dataset';
import { UserError } from '../errors';
import { keepCount } from '../lottery/prune';
import type { Architecture } from '../models/network';
import { countParameters } from '../models/parameters';
import { buildArchitecture } from '../models/registry';
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
  const { method, rewindStep, warmupEpochs, rounds, pruningFraction } = record;
  const steps = warmupEpochs * countBatches(data, record);
  if (method === 'imp' && rewindStep >= steps)
    throw new UserError(
      `"rewindStep" is ${rewindStep}, but round 0 has ${steps} steps. Lower it, or raise "warmupEpochs".`,
      { field: 'rewindStep' },
    );
  const { prunable } = countParameters(architecture).parameters;
  let kept = prunable;
  for (let round = 1; round <= rounds; round++) {
    kept = keepCount(kept, pruningFraction);
    if (kept > 0) continue;
    throw new UserError(
      `"pruningFraction" is ${pruningFraction}, which leaves none of ${prunable} prunable weights in round ${round}. Lower it, or "rounds".`,
      { field: 'pruningFraction' },
    );
  }
}
