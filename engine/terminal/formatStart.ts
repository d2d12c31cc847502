/** Formats what a run starts from or measures, for `show`. */
import { modelLabel } from '../models/registry';
import { DEFAULT_MASKS, DEFAULT_NORMALIZATION } from '../vocabulary/connectivity';
import type { RunRecord } from '../vocabulary/runRecord';

/** Options of a run that a measurement between checkpoints uses. */
export const MEASURED_WITH: readonly string[] = ['batchSize', 'augmentation', 'backend'];

/** Returns one line for each checkpoint of a transfer, a continued search or a measurement, with the choices that were made for it. */
export function startLines(record: RunRecord): string[] {
  if (record.kind === 'connectivity') {
    const { a, b, c, masks = DEFAULT_MASKS, normalization = DEFAULT_NORMALIZATION } = record;
    const ends = Object.entries({ A: a, B: b, ...(c && { C: c }) });
    return [
      ...ends.map(([name, { checkpoint }]) => `${name}: ${checkpoint}`),
      `--masks ${masks}, --normalization ${normalization}`,
    ];
  }
  if (record.kind === 'search') {
    const { start } = record;
    if (!start) return [];
    return [`continues from ${start.checkpoint} after round ${start.round}`, ...initialization(start)];
  }
  const { source } = record;
  if (source.from !== 'checkpoint') return [];
  const { checkpoint, variant, rescale, classifier, magnitudeSeed } = source;
  const choices = [
    `variant ${variant}`,
    ...(rescale === undefined ? [] : [`rescale ${rescale}`]),
    ...(classifier === undefined ? [] : [`classifier ${classifier}`]),
    ...(magnitudeSeed === undefined ? [] : [`magnitude seed ${magnitudeSeed}`]),
  ];
  return [`transfer of ${checkpoint}: ${choices.join(', ')}`, ...initialization(source)];
}

function initialization(start: { initialization?: { checkpoint: string } }): string[] {
  return start.initialization ? [`initialization ${start.initialization.checkpoint}`] : [];
}

/** Returns the options of the network and the limits of the dataset, in one line. No line if there are none. */
export function networkLine({ model, dataset }: RunRecord): string[] {
  const limit = typeof dataset === 'string' ? undefined : dataset.limit;
  const parts = [
    ...(typeof model === 'string' ? [] : [`network ${modelLabel(model)}`]),
    ...(limit === undefined ? [] : [`dataset limit ${JSON.stringify(limit)}`]),
  ];
  return parts.length > 0 ? [parts.join(', ')] : [];
}
