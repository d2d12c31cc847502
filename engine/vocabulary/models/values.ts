/** Values that options of several networks have. */

export const count = { type: 'integer', minimum: 1 } as const;
export const counts = { type: 'array', items: count, minItems: 1 } as const;
export const probability = { type: 'number', minimum: 0, exclusiveMaximum: 1 } as const;
