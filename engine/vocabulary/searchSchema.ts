/** The options of a search: how much it prunes in each round, where, and how it trains in between. A part of the schema of run files. */

/** The forms of a schedule of learning rates. */
export const SCHEDULES = [
  {
    type: 'string',
    enum: ['constant', 'step', 'cosine'],
    enumDescriptions: [
      'The learning rate stays the same.',
      'The learning rate falls to a tenth at 50 % and again at 75 % of the epochs.',
      'The learning rate falls along a cosine to a thousandth.',
    ],
  },
  {
    type: 'object',
    required: ['milestones', 'factor'],
    additionalProperties: false,
    properties: {
      milestones: {
        type: 'array',
        items: { type: 'integer', minimum: 0 },
        description: 'Epochs at which the learning rate is multiplied by the factor.',
      },
      factor: {
        type: 'number',
        exclusiveMinimum: 0,
        maximum: 1,
        description: 'The factor by which the rate is multiplied.',
      },
    },
  },
] as const;

/** The options of a search, in the order of the run file. */
export const SEARCH_FIELDS = {
  rounds: {
    type: 'integer',
    minimum: 1,
    maximum: 200,
    default: 15,
    description:
      'How often a search (imp, lrr, aws) prunes. With T rounds, it prunes T times and trains T + 1 times. Give either rounds or targetSparsity.',
  },
  targetSparsity: {
    type: 'number',
    exclusiveMinimum: 0,
    exclusiveMaximum: 1,
    description:
      'The fraction of all prunable weights that a search prunes in the end. Each round prunes pruningFraction of the survivors, and the last round prunes exactly down to the target. The number of rounds follows from both. one-shot needs this option.',
  },
  pruningFraction: {
    type: 'number',
    exclusiveMinimum: 0,
    exclusiveMaximum: 1,
    default: 0.2,
    description: 'Fraction of the surviving prunable weights that each round prunes.',
  },
  scope: {
    enum: ['global', 'layer-wise', 'uniform', 'erk'],
    enumDescriptions: [
      'The smallest weights of the whole network are pruned.',
      'In every layer, the same fraction of its survivors is pruned.',
      'The first prunable layer stays dense. All others have the same density.',
      'Small layers stay denser (Erdős–Rényi kernel, Evci et al. 2020).',
    ],
    default: 'global',
    description:
      'How a search divides the pruned weights among the layers. With uniform and erk, the whole network has the same sparsity as with global.',
  },
  criterion: {
    enum: ['magnitude', 'random', 'shuffled'],
    enumDescriptions: [
      'The weights with the smallest magnitude.',
      'Random weights, as many as scope says.',
      'In each layer as many weights as with magnitude, but random ones.',
    ],
    default: 'magnitude',
    description: 'Which weights a search prunes. random and shuffled are controls. A pruned weight is never revived.',
  },
  warmupEpochs: {
    type: 'integer',
    minimum: 1,
    default: 10,
    description: 'Epochs of round 0, the dense training before the first prune.',
  },
  epochsPerRound: { type: 'integer', minimum: 1, default: 10, description: 'Epochs of each later round.' },
  rewindStep: {
    type: 'integer',
    minimum: 0,
    default: 0,
    description: 'For imp: the step of round 0 whose weights the survivors are rewound to. 0 means the initialization.',
  },
  roundSchedule: {
    default: 'constant',
    description:
      'Learning rates within each round of a search. Each round begins again with learningRate. The official code uses constant.',
    anyOf: SCHEDULES,
  },
} as const;

export const NORMALIZATION_INTERPOLATION = {
  type: 'object',
  default: {},
  description:
    'For aws: each step uses α·ψ_init + (1 − α)·ψ instead of ψ. α is uniform in [low, high), or fixed if low and high are equal. ψ itself is trained and never overwritten.',
  additionalProperties: false,
  properties: {
    low: { type: 'number', minimum: 0, maximum: 1, default: 0, description: 'Least α.' },
    high: {
      type: 'number',
      minimum: 0,
      maximum: 1,
      default: 1,
      description: 'Upper limit of α. If it equals low, α is low in each step.',
    },
    each: {
      enum: ['step', 'layer'],
      enumDescriptions: [
        'One α for each step, the same for all normalization layers, as in the official code.',
        'One α for each step and normalization layer.',
      ],
      default: 'step',
      description: 'How often α is drawn.',
    },
    parameters: {
      enum: ['both', 'scale', 'shift'],
      enumDescriptions: ['Scales and shifts, as in the official code.', 'Only scales.', 'Only shifts.'],
      default: 'both',
      description: 'The parameters of normalization layers that are interpolated. The others are used as they are.',
    },
    initial: {
      enum: ['construction', 'one-zero'],
      enumDescriptions: ['The initial ψ of this network.', 'Scale 1 and shift 0, whatever the network starts with.'],
      default: 'construction',
      description: 'What ψ_init is.',
    },
  },
} as const;
