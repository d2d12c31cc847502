/** The options of a run: a run file with its defaults filled in. Types only. The types come from the schemas that declare the options. */
import type { FromSchema, JSONSchema } from 'json-schema-to-ts';
import type { DATASET_FIELDS, FORMATS, INCLUDED } from './datasetSchema';
import type { METHODS, PLAIN_OPTIONS } from './runSchema';
import type { OWN, OWN_MODEL } from './models/own';
import type { MODEL_FIELDS, ModelName, MODELS } from './modelSchemas';

/** An object with these fields. Fields with a default are always present. */
type Filled<P extends Record<string, JSONSchema>> = FromSchema<{
  type: 'object';
  properties: P;
  additionalProperties: false;
}>;
/** An object with these fields in a run file. None is required. */
type Given<P extends Record<string, JSONSchema>> = Partial<Filled<P>>;

export type Method = keyof typeof METHODS;

/** The options of a network. Defaults that do not depend on the data are filled in. */
export type ModelOptions<M extends ModelName = ModelName> = Filled<(typeof MODELS)[M]['options']>;

type OwnFields = Filled<typeof OWN_MODEL.fields>;
/** The layers of a user's own network, as they are in its file. */
export type Topology = NonNullable<OwnFields['topology']>;
export type TopologyLayer = Topology['layers'][number];
/** A user's own network. `path` is absolute after the options were checked, and then the topology is present. */
export type OwnModelSpec = { model: typeof OWN } & Required<Pick<OwnFields, 'path'>> &
  Partial<OwnFields> &
  Given<typeof MODEL_FIELDS>;

/** A name, a name with options, or the file of an own network. */
export type ModelSpec =
  | ModelName
  | OwnModelSpec
  | {
      [M in ModelName]: { model: M; options?: Given<(typeof MODELS)[M]['options']> } & Given<typeof MODEL_FIELDS>;
    }[ModelName];

type DatasetFields = Filled<typeof DATASET_FIELDS>;
/** Images in files. `path` is relative to the run file, and absolute after the options were checked. */
export type FileDataset = Partial<DatasetFields> &
  Required<Pick<DatasetFields, 'path'>> & { format: keyof typeof FORMATS };
/** Which images are used, and how they are normalized. */
export type ImageChoice = Pick<
  Partial<DatasetFields>,
  'classes' | 'limit' | 'subset' | 'validation' | 'labelNoise' | 'seed' | 'normalization'
>;
/** The images that are included in Winning Sign. */
export type IncludedDataset = typeof INCLUDED | (ImageChoice & { format: typeof INCLUDED; path?: never });
export type DatasetSpec = IncludedDataset | FileDataset;
export type ArraySplit = NonNullable<DatasetFields['train']>;

export interface RunOptions extends Omit<Filled<typeof PLAIN_OPTIONS>, 'method' | 'dataset' | 'rounds'> {
  method: Method;
  /** Missing if `targetSparsity` is given. Read it through `roundsOf`. */
  rounds?: number;
  model: ModelSpec;
  dataset: DatasetSpec;
}

export type Schedule = RunOptions['schedule'];
export type Augmentation = RunOptions['augmentation'];
export type BackendName = RunOptions['backend'];
