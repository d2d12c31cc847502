/** Values that options of several networks have. */

export const count = { type: 'integer', minimum: 1 } as const;
export const counts = { type: 'array', items: count, minItems: 1 } as const;
/** The kind of normalization, for networks whose normalization can be chosen. */
export const norms = {
  norm: {
    enum: ['batch', 'group', 'none'],
    enumDescriptions: [
      'Batch norm.',
      'Group norm, as GroupNorm(groups, channels) of PyTorch.',
      'None. There is then no ψ, and aws is the same as lrr.',
    ],
    default: 'batch',
    description: 'Normalization after each convolution.',
  },
  groups: {
    ...count,
    default: 8,
    description:
      'Groups of channels that group norm normalizes together. Their number must divide all numbers of channels.',
  },
} as const;
export const probability = { type: 'number', minimum: 0, exclusiveMaximum: 1 } as const;
