/** Finds searches by AWS in networks without normalization layers, which interpolate nothing. */
import { UserError } from '../errors';
import { buildArchitecture } from '../models/registry';
import type { Architecture } from '../models/network';
import type { ModelSpec, RunOptions } from '../vocabulary/runOptions';
import { groupBy } from '../vocabulary/groupBy';
import type { StudyRun } from './expand';

/** Returns a sentence for each such network. Their rows in tables are equal to those of LRR, which is no finding. */
export function emptyMethodNotes(
  runs: readonly (Pick<StudyRun, 'name' | 'kind'> & { options: Pick<RunOptions, 'method' | 'model'> })[],
): string[] {
  const searches = runs.filter(({ kind, options }) => kind === 'search' && options.method === 'aws');
  const byModel = groupBy(searches, ({ options }) => JSON.stringify(options.model));
  return [...byModel.values()].flatMap((same) => {
    const [{ name, options }] = same as [(typeof same)[number]];
    const built = architectureOf(options.model);
    if (!built || built.entries.some(({ role }) => role === 'normalization')) return [];
    const others = same.length > 1 ? ` and ${same.length - 1} more` : '';
    return [
      `${built.name} has no normalization layers in ${name}${others}, so AWS has nothing to interpolate there. Its results are those of LRR.`,
    ];
  });
}

/** Sizes of images, of which at least one fits most networks. Normalization layers do not depend on the size. */
const SIZES = [
  { height: 32, width: 32, channels: 3 },
  { height: 28, width: 28, channels: 1 },
  { height: 224, width: 224, channels: 3 },
];

/** Returns the network for some images; undefined if it fits none of the sizes. */
function architectureOf(model: ModelSpec): Architecture | undefined {
  const classes = typeof model === 'object' ? (model.classes ?? 10) : 10;
  for (const size of SIZES)
    try {
      return buildArchitecture(model, { ...size, classes });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  return undefined;
}
