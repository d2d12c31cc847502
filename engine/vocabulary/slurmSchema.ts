/**
 * The fields of a Slurm profile (`NAME.slurm.json`), declared once as JSON schema. The type, the checks, completion in the editor and the
 * table of the documentation come from here.
 */

/** What a job of a study asks of a Slurm cluster. Fields that are absent have the default of the cluster. */
export interface SlurmProfile {
  partition?: string;
  account?: string;
  qos?: string;
  time?: string;
  cpus: number;
  gpus?: number | string;
  gres?: string;
  memory?: string;
  constraint?: string;
  atOnce?: number;
  saveSeconds: number;
  requeue: boolean;
  modules: readonly string[];
  before: readonly string[];
  container?: string;
  program?: string;
  sbatch: readonly string[];
}

const WORD = { type: 'string', minLength: 1, pattern: '^[^\\s]+$', patternMeaning: 'a text without spaces' } as const;
const LINE = { type: 'string', minLength: 1, pattern: '^[^\\n\\r]+$', patternMeaning: 'one line' } as const;

/** The schema of a Slurm profile. */
export const SLURM_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Winning Sign Slurm profile',
  description: 'What the jobs of a study ask of a Slurm cluster.',
  type: 'object',
  additionalProperties: false,
  properties: {
    $schema: { type: 'string' },
    partition: { ...WORD, description: 'Partition, or several with commas.' },
    account: { ...WORD, description: 'Account that is charged.' },
    qos: { ...WORD, description: 'Quality of service.' },
    time: {
      type: 'string',
      pattern: '^(\\d+|\\d+:\\d\\d|\\d+:\\d\\d:\\d\\d|\\d+-\\d+|\\d+-\\d+:\\d\\d|\\d+-\\d+:\\d\\d:\\d\\d)$',
      patternMeaning: 'a time limit such as "04:00:00" or "1-12"',
      description:
        'Time limit of a job: minutes, `MM:SS`, `HH:MM:SS`, `DAYS-HH` or `DAYS-HH:MM:SS`. A run may need more: it saves its state, and Slurm starts it again.',
    },
    cpus: {
      type: 'integer',
      minimum: 1,
      maximum: 1024,
      default: 1,
      description: 'Processors of a run, which are also its threads.',
    },
    gpus: {
      anyOf: [
        { type: 'integer', minimum: 0, maximum: 64 },
        { type: 'string', minLength: 1 },
      ],
      description: 'GPUs of a run: a number, or with a type such as "a100:1". One run uses one GPU.',
    },
    gres: { ...WORD, description: 'Generic resources, for clusters without `--gpus`, for example "gpu:1".' },
    memory: {
      type: 'string',
      pattern: '^\\d+[KMGT]?$',
      patternMeaning: 'a size such as "16G"',
      description: 'Memory of a run, for example "16G". Without a unit, megabytes.',
    },
    constraint: { ...LINE, description: 'Features that the node must have, for example "a100|h100".' },
    atOnce: {
      type: 'integer',
      minimum: 1,
      maximum: 100_000,
      description: 'Greatest number of runs of one array that execute at a time (`%N`).',
    },
    saveSeconds: {
      type: 'integer',
      minimum: 10,
      maximum: 3600,
      default: 90,
      description: 'Seconds before the time limit at which a run saves its state and stops.',
    },
    requeue: {
      type: 'boolean',
      default: true,
      description: 'Whether a run that reached its time limit, was preempted or lost its node is queued again.',
    },
    modules: {
      type: 'array',
      items: WORD,
      default: [],
      description: 'Modules to load, for example ["cuda/12.4"].',
    },
    before: {
      type: 'array',
      items: LINE,
      default: [],
      description: 'Lines of the shell before the run, for example ["source ~/env/bin/activate"].',
    },
    container: {
      ...LINE,
      description:
        'What the command of a run begins with, for example "apptainer exec --nv image.sif". Then "program" is usually needed.',
    },
    program: {
      ...LINE,
      description:
        'How a node calls Winning Sign, for example "node /shared/winning-sign/cli.js". Default: the program that submits, at the same path.',
    },
    sbatch: {
      type: 'array',
      items: {
        type: 'string',
        pattern: '^--[a-z][a-z-]*(=.*)?$',
        patternMeaning: 'an option such as "--exclude=node7"',
      },
      default: [],
      description: 'Further options of `sbatch`, for example ["--exclude=node7"].',
    },
  },
} as const;
