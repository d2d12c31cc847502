/** The shape that `run.json` must have for a run to be listed. `resolveRecord` checks whether it can be run. */
import { UserError } from '../errors';
import { isObject } from '../json/strict';
import { anything, checkShape, count, number, object, oneOf, optional, recordOf, round, text, textOr } from '../shapes';
import type { ConnectivityNormalization, MaskRule } from '../vocabulary/connectivity';
import { INCLUDED } from '../vocabulary/datasetSchema';
import type { Method, RunOptions } from '../vocabulary/runOptions';
import type {
  ConnectivityEnds,
  FileAsOf,
  HashedFile,
  RunRecord,
  SearchStart,
  TicketSource,
  TrainSource,
} from '../vocabulary/runRecord';
import { VARIANT_NAMES } from '../vocabulary/transferVariants';
import { METHODS } from '../vocabulary/runSchema';
import { OPTION_DEFAULTS } from './options';

const model = textOr(
  object({
    model: text,
    path: optional(text),
    options: optional(recordOf(anything)),
    classes: optional(count),
    prunable: optional(textOr(recordOf(anything))),
  }),
);
const images = object({ format: text, path: text });
const includedImages = object({ format: text, path: optional(text) });
/** Only the included images need no path. */
const dataset = textOr((value, place) =>
  (isObject(value) && value['format'] === INCLUDED ? includedImages : images)(value, place),
);

type Needed = Pick<
  RunOptions,
  | 'method'
  | 'seed'
  | 'rounds'
  | 'targetSparsity'
  | 'warmupEpochs'
  | 'epochsPerRound'
  | 'finalEpochs'
  | 'rewindStep'
  | 'dataSeed'
>;

/** The names of all methods. */
export const METHOD = oneOf(...(Object.keys(METHODS) as Method[]));

/** Fields that lists and plans need. All other options may be missing. Only their type is checked. */
const base = object<Needed & { name: string; madeIn?: string | undefined; model: unknown; dataset: unknown }>({
  name: text,
  method: METHOD,
  model,
  dataset,
  seed: number,
  rounds: optional(round),
  targetSparsity: optional(number),
  warmupEpochs: count,
  epochsPerRound: count,
  finalEpochs: count,
  rewindStep: count,
  dataSeed: optional(number),
  madeIn: optional(text),
});

const numbers = object(
  Object.fromEntries(
    Object.entries(OPTION_DEFAULTS).flatMap(([name, value]) =>
      typeof value === 'number' ? [[name, optional(number)]] : [],
    ),
  ),
);

const hashed = { checkpoint: text, sha256: text };
const chosen = { ...hashed, layers: optional(text), state: optional(text), mask: optional(object<HashedFile>(hashed)) };
const fileAsOf = object<FileAsOf>(chosen);
const measuring = {
  normalization: optional(oneOf<ConnectivityNormalization>('exact', 'ema', 'none')),
  masks: optional(oneOf<MaskRule>('equal', 'intersection', 'union')),
};
const ends = object<ConnectivityEnds>({ a: fileAsOf, b: fileAsOf, c: optional(fileAsOf), points: count, ...measuring });
const origin = object<Pick<TrainSource, 'from'>>({ from: oneOf('initialization', 'checkpoint') });
const checkpointSource = object<TicketSource>({
  from: oneOf('checkpoint'),
  ...chosen,
  variant: oneOf(...VARIANT_NAMES),
  magnitudeSeed: optional(count),
  rescale: optional(oneOf('layer', 'source')),
  classifier: optional(oneOf('source', 'new')),
  initialization: optional(fileAsOf),
  rewind: optional(fileAsOf),
});

const searchStart = object<SearchStart>({ ...chosen, round: count, initialization: optional(fileAsOf) });

/** Returns the content of `file` as a record. Keeps unknown fields. Throws UserError naming the file and the field. */
export function checkRecord(value: unknown, file: string): RunRecord {
  const { version } = checkShape(value, file, object({ version: number }));
  if (version !== 1) throw new UserError(`${file}: field "version" is ${version}, not 1. Update Winning Sign.`);
  checkShape(value, file, base);
  checkShape(value, file, numbers);
  const { kind } = checkShape(value, file, object<Pick<RunRecord, 'kind'>>({ kind: KINDS }));
  if (kind === 'connectivity') checkShape(value, file, ends);
  if (kind === 'train') checkSource(value, file);
  if (kind === 'search') checkShape(value, file, object({ start: optional(searchStart) }));
  return value as RunRecord;
}

const KINDS = oneOf('search', 'train', 'connectivity');

function checkSource(value: unknown, file: string): void {
  const { source } = checkShape(value, file, object<{ source: Pick<TrainSource, 'from'> }>({ source: origin }));
  if (source.from === 'checkpoint') checkShape(value, file, object({ source: checkpointSource }));
}
