/**
 * The options of a run, declared once as JSON schema. The types in `runOptions.ts`, the checks of the engine, completion and hovers in the
 * editor, the prompts of New Run and the tables of docs/run-file.md all come from here.
 */
import { DATASET_SCHEMA } from './datasetSchema';
import { MODEL_FIELDS, MODELS } from './modelSchemas';
import { ownSchema } from './models/ownSchema';
import { defaultsOf } from './schemaWords';
import { NORMALIZATION_INTERPOLATION, SCHEDULES, SEARCH_FIELDS } from './searchSchema';

export const METHODS = {
  dense: {
    title: 'Dense',
    description: 'One full training without pruning. Its accuracy is the reference for tickets.',
  },
  'one-shot': {
    title: 'One-shot pruning',
    description:
      'Prunes once, to targetSparsity. Survivors keep their trained weights, as in lrr. With the epochs of a search in rounds, it is its control.',
  },
  imp: {
    title: 'Iterative magnitude pruning (IMP)',
    description: 'Survivors are rewound to their weights at rewindStep.',
  },
  lrr: { title: 'Learning-rate rewinding (LRR)', description: 'Survivors keep their trained weights.' },
  aws: {
    title: 'A Winning Sign (AWS)',
    description:
      'Like lrr, but interpolates ψ towards its initial value in each step. Its signed mask can be trained from any initialization.',
  },
} as const;

/** Bounds of the number of points along each axis of a loss surface. */
export const SURFACE_POINTS = { type: 'integer', minimum: 2, maximum: 101, default: 11 } as const;

/** Bounds of the number of points of a connectivity run. This number is an argument of `interpolate`, not a field of a run file. */
export const POINTS = { type: 'integer', minimum: 2, maximum: 1001, default: 11 } as const;

/** Bounds of every seed. */
export const SEED = { type: 'integer', minimum: 0, maximum: 4294967295 } as const;

const SHARE = { type: 'number', exclusiveMinimum: 0, maximum: 1 } as const;

/** All options except `model`, whose schema depends on the network. */
export const PLAIN_OPTIONS = {
  method: {
    enum: Object.keys(METHODS) as (keyof typeof METHODS)[],
    enumDescriptions: Object.values(METHODS).map(({ description }) => description),
    description: 'How the network is trained and pruned.',
  },
  dataset: DATASET_SCHEMA,
  ...SEARCH_FIELDS,
  optimizer: {
    enum: ['sgd', 'adam'],
    default: 'sgd',
    description: 'The optimizer. Its state is reset at the start of each round.',
  },
  learningRate: {
    type: 'number',
    exclusiveMinimum: 0,
    default: 0.1,
    description:
      'Learning rate at the start. schedule changes it in the final training, and roundSchedule in the rounds of a search.',
  },
  momentum: { type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.9, description: 'Momentum of sgd.' },
  weightDecay: {
    type: 'number',
    minimum: 0,
    default: 0.0005,
    description: 'L2 penalty on every parameter, including biases, ψ and pruned weights, as in the official code.',
  },
  schedule: { default: 'step', description: 'Learning rates of the final training.', anyOf: SCHEDULES },
  batchSize: { type: 'integer', minimum: 2, default: 128, description: 'Images in each step.' },
  augmentation: {
    type: 'object',
    default: {},
    description: 'Augmentation of the training images.',
    additionalProperties: false,
    properties: {
      crop: {
        type: 'integer',
        minimum: 0,
        default: 0,
        description: 'Pads the image by this many pixels on each side and crops it at random.',
      },
      scale: {
        type: 'array',
        items: [SHARE, SHARE],
        minItems: 2,
        additionalItems: false,
        description:
          'Cuts a random part of each image and resizes it (RandomResizedCrop). Its area is a fraction of the image between these two numbers. Default: the whole image.',
      },
      flip: { type: 'boolean', default: false, description: 'Flips each image horizontally with probability ½.' },
    },
  },
  normalizationInterpolation: NORMALIZATION_INTERPOLATION,
  finalEpochs: {
    type: 'integer',
    minimum: 1,
    default: 100,
    description: 'Epochs of the final training A(·), which dense, retrained and transferred networks all get.',
  },
  seed: {
    ...SEED,
    default: 1,
    description:
      'Seed for the initialization and α. Also for the data order, the augmentation and dropout, unless dataSeed is given.',
  },
  dataSeed: {
    ...SEED,
    description:
      'Seed for the data order, the augmentation and dropout. Default: seed. Use it for runs that share an initialization but not the data order, or the reverse.',
  },
  backend: {
    enum: ['auto', 'wasm', 'webgpu', 'tensorflow'],
    default: 'auto',
    description:
      'The library that computes. auto measures a training step of this network once on each available backend and uses the fastest. A run keeps its backend.',
  },
} as const;

export const REQUIRED = ['method', 'model', 'dataset'] as const;

const MODEL_NAMES = Object.keys(MODELS);

/** A name, or a name with options. `errorMessage` and `defaultSnippets` are for the editor. */
const MODEL_SCHEMA = {
  description:
    'The network: a name, or a name with options, such as { "model": "resnet20", "options": { "width": 32 } }.',
  anyOf: [
    {
      type: 'string',
      enum: MODEL_NAMES,
      enumDescriptions: Object.values(MODELS).map(({ description }) => description),
    },
    {
      type: 'object',
      required: ['model'],
      discriminator: { propertyName: 'model' },
      oneOf: [...Object.entries(MODELS).map(([name, model]) => familySchema(name, model)), ownSchema()],
    },
  ],
};

function familySchema(name: string, { description, options }: (typeof MODELS)[keyof typeof MODELS]) {
  return {
    required: ['model'],
    additionalProperties: false,
    defaultSnippets: [
      { label: `${name} with options`, description, body: { model: name, options: defaultsOf(options) } },
    ],
    properties: {
      model: {
        type: 'string',
        enum: [name],
        enumDescriptions: [description],
        errorMessage: `Unknown network. The networks are ${MODEL_NAMES.join(', ')}.`,
        description: 'The network.',
      },
      options: {
        type: 'object',
        description: `Options of ${name}.`,
        additionalProperties: false,
        properties: options,
      },
      ...MODEL_FIELDS,
    },
  };
}

const { method, ...others } = PLAIN_OPTIONS;

/** The schema of a run file, in the order of its fields. */
export const RUN_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Winning Sign run file',
  description: 'What a pruning run does. All fields except method, model and dataset have a default.',
  type: 'object',
  required: REQUIRED,
  additionalProperties: false,
  properties: { $schema: { type: 'string' }, method, model: MODEL_SCHEMA, ...others },
};
