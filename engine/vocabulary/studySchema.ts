/**
 * The fields of a study file (`NAME.study.json`), declared once as JSON schema. The types in `study.ts`, the checks of the engine, completion
 * in the editor and the tables of the documentation come from here.
 */
import { RUN_SCHEMA } from './runSchema';

export const NODE_KINDS = {
  search: 'Prunes a network in rounds.',
  training: 'Trains a new initialization fully.',
  transfer: 'Trains a network fully that begins with a checkpoint of another node.',
  connectivity: 'Measures the networks on the line between the checkpoints of two nodes.',
} as const;

/** What remains of the checkpoints. Searches always keep what transfers and interpolations of the study read. */
export const KEEP_RULES = {
  all: 'Keeps all checkpoints.',
  rounds: 'Keeps the rounds of searches. Other checkpoints are deleted when all runs that read them are done.',
  results:
    'Keeps only the rounds that other runs of the study read. Other checkpoints are deleted when all runs that read them are done.',
} as const;

export const MEASURES = {
  accuracy: {
    title: 'test accuracy in percent',
    description: 'Test accuracy in percent: of the trained network, or of a round of a search.',
  },
  loss: { title: 'test loss', description: 'Mean cross-entropy of the test images.' },
  kept: { title: 'kept weights in percent', description: 'Percent of the prunable weights that are kept.' },
  'same sign': {
    title: 'kept weights with the sign of the ticket in percent',
    description: 'Percent of the kept weights of a transfer that start with the sign of its ticket.',
  },
  'same sign by chance': {
    title: 'kept weights with the sign of the ticket by chance in percent',
    description: 'The same if the signs of the start network were shuffled within each layer; 50 for random signs.',
  },
  barrier: {
    title: 'barrier of the test error in percentage points',
    description:
      'The largest excess of the test error above the mean of both ends, in percentage points, as in the official code. If there is no barrier between the ends, it is half of their difference (½Δ), which tables and figures show apart from barriers.',
  },
  'chord barrier': {
    title: 'barrier of the training loss in nats',
    description:
      'The largest excess of the training loss above the chord between the ends, in nats. 0 if there is none.',
  },
} as const;

/** Returns what a measure measures, with its unit. */
export function measureTitle(measure: keyof typeof MEASURES): string {
  return MEASURES[measure].title;
}

const SCALAR = { type: ['string', 'number', 'boolean'] } as const;

const ASSIGNMENT = {
  type: 'object',
  additionalProperties: SCALAR,
  description: 'Values of axes, by axis.',
} as const;

const ASSIGNMENTS = { type: 'array', items: ASSIGNMENT } as const;

const SOURCE = {
  anyOf: [
    { type: 'string', minLength: 1, description: 'NODE#CHECKPOINT, for example search#round.' },
    {
      type: 'object',
      required: ['node'],
      additionalProperties: false,
      properties: {
        node: { type: 'string', description: 'Name of a node.' },
        checkpoint: {
          type: 'string',
          description:
            'init, final, round (that of the axis “round”) or round-03. Default: final, or for a search the last round.',
        },
        where: { ...ASSIGNMENT, description: 'Values of axes of that node, if they are not those of this node.' },
      },
    },
  ],
} as const;

const AXIS = {
  anyOf: [
    {
      type: 'array',
      minItems: 1,
      items: {
        anyOf: [
          SCALAR,
          {
            type: 'object',
            required: ['name', 'set'],
            additionalProperties: false,
            properties: {
              name: { type: 'string', minLength: 1, description: 'Name of the value, for rows and directories.' },
              set: { type: 'object', description: 'Values of options, by field.' },
            },
          },
        ],
      },
      description: 'The values.',
    },
    {
      type: 'string',
      enum: ['all'],
      enumDescriptions: ['Only for the axis “round”: all rounds of the search after round 0.'],
    },
    {
      type: 'object',
      required: ['kept'],
      additionalProperties: false,
      description: 'Only for the axis “round”: the rounds that are nearest to these shares of kept weights.',
      properties: {
        kept: { type: 'array', minItems: 1, items: { type: 'number', exclusiveMinimum: 0, maximum: 1 } },
      },
    },
  ],
} as const;

const NODE = {
  type: 'object',
  required: ['run'],
  additionalProperties: false,
  properties: {
    run: {
      enum: Object.keys(NODE_KINDS) as (keyof typeof NODE_KINDS)[],
      enumDescriptions: Object.values(NODE_KINDS),
      description: 'What a run of this node does.',
    },
    over: {
      type: 'array',
      uniqueItems: true,
      items: { type: 'string' },
      default: [],
      description: 'Axes. The node has a run for each combination of their values.',
    },
    include: { ...ASSIGNMENTS, description: 'Only combinations that agree with one of these.' },
    exclude: { ...ASSIGNMENTS, description: 'No combinations that agree with one of these.' },
    set: {
      type: 'object',
      description:
        'Values of options, by field. "$AXIS" is the value of an axis. An axis with the name of an option sets this option by itself.',
    },
    from: { ...SOURCE, description: 'For a transfer: the checkpoint that it begins with.' },
    a: { ...SOURCE, description: 'For connectivity: end A.' },
    b: { ...SOURCE, description: 'For connectivity: end B.' },
  },
} as const;

const RESULT = {
  type: 'object',
  required: ['of', 'measure', 'rows'],
  additionalProperties: false,
  properties: {
    title: { type: 'string', description: 'Heading of the table.' },
    of: {
      anyOf: [{ type: 'string' }, { type: 'array', minItems: 1, items: { type: 'string' } }],
      description: 'Nodes whose runs are measured.',
    },
    measure: {
      enum: Object.keys(MEASURES) as (keyof typeof MEASURES)[],
      enumDescriptions: Object.values(MEASURES).map(({ description }) => description),
      description: 'What is measured.',
    },
    rows: { type: 'array', items: { type: 'string' }, description: 'Axes whose values are the rows.' },
    columns: { type: 'string', description: 'The axis whose values are the columns. Default: the nodes.' },
    baseline: {
      type: 'string',
      description: 'A node, such as dense. Each cell also says how far it is from this node, over the same seeds.',
    },
  },
} as const;

/** The schema of a study file. */
export const STUDY_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Winning Sign study',
  description: 'Runs that together answer one question.',
  type: 'object',
  required: ['options', 'nodes'],
  additionalProperties: false,
  properties: {
    $schema: { type: 'string' },
    question: { type: 'string', description: 'What the study asks, in one sentence.' },
    options: {
      type: 'object',
      description: 'Options of all runs, as in a run file. Nodes and axes may replace them.',
      properties: RUN_SCHEMA.properties,
    },
    axes: {
      type: 'object',
      default: {},
      additionalProperties: AXIS,
      description: 'Values that nodes run over, by axis.',
    },
    nodes: { type: 'object', minProperties: 1, additionalProperties: NODE, description: 'The runs, by node.' },
    results: { type: 'object', default: {}, additionalProperties: RESULT, description: 'The tables, by name.' },
    keep: {
      enum: Object.keys(KEEP_RULES) as (keyof typeof KEEP_RULES)[],
      enumDescriptions: Object.values(KEEP_RULES),
      default: 'all',
      description: 'Which checkpoints remain when the runs are done.',
    },
  },
} as const;
