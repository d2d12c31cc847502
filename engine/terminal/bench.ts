/** The verb `bench`: measures how fast a network trains on a backend and, with `--profile`, which operations take the time. */
import type { Backend } from '../backends/backend';
import { UserError } from '../errors';
import { buildArchitecture, modelLabel } from '../models/registry';
import { backendText, kernelsOf } from '../vocabulary/backendWords';
import type { BackendName } from '../vocabulary/runOptions';
import { CLI } from '../runs/detached';
import type { Work } from '../calibration/calibrate';
import { measureIn } from '../calibration/measure';
import { chooseBackend } from '../calibration/choose';
import { probeBackends } from '../calibration/probe';
import { measureSpeed, rehearse, type Rehearsal } from '../calibration/rehearse';
import { profile } from './profile';
import { writeMessage } from './output';
import { oneOf, wholeNumber, type Arguments, type Verb } from './verb';
import { readWork, WORK_DEFAULTS, WORK_OPTIONS, WORK_USAGE } from './work';

const BACKENDS = Object.keys({ auto: 0, wasm: 0, webgpu: 0, tensorflow: 0 } satisfies Record<
  BackendName,
  0
>) as BackendName[];
const METHODS = ['lrr', 'aws'] as const;

interface BenchOptions {
  work: Work;
  backend: BackendName;
  method: (typeof METHODS)[number];
  steps: number;
  /** Duration of the measurement in seconds, instead of a number of steps. */
  seconds: number | undefined;
}

export const benchVerb: Verb = {
  usage: `bench [--profile] ${WORK_USAGE} [--backend NAME] [--method ${METHODS.join('|')}] [--steps N | --seconds N]`,
  summary: `time training steps on random images (default: ${WORK_DEFAULTS}), or show which operations take the time; with --seconds, starts with a batch of 8 and doubles it up to N while time remains`,
  positionals: [0, 0],
  options: {
    ...WORK_OPTIONS,
    backend: `${BACKENDS.join(', ')} (default auto)`,
    method: 'lrr, or aws, which interpolates ψ in each step (default lrr)',
    steps: 'number of steps to time; their median is printed (default 5)',
    seconds: 'duration of the measurement, instead of a number of steps',
  },
  flags: { profile: 'time the operations of a step one by one, which is slower than the whole step' },
  run: async (args) => {
    const options = read(args);
    if (!args.json) writeMessage(`Timing ${modelLabel(options.work.model)}, batch ${options.work.batchSize}…`);
    const { model, data } = options.work;
    const architecture = buildArchitecture(model, data);
    const backend = await chooseBackend(options.backend, {
      report: async () => (await probeBackends()).backends,
      work: options.work,
      measure: measureIn(CLI),
      onMessage: writeMessage,
    });
    try {
      const start: Start = (through, batch = options.work.batchSize) =>
        rehearse(architecture, through, { batch, method: options.method });
      const { json, lines, batch = options.work.batchSize } = await measure(args)(options, start, backend);
      const { name, device, threads } = backend.choice;
      const network = modelLabel(model);
      const { method, steps } = options;
      const kernels = kernelsOf(backend.choice);
      const title = `${network}, ${method}, batch ${batch}, on ${backendText(backend.choice)}`;
      return {
        json: { network, backend: name, device, threads, kernels, method, batch, steps, ...json },
        text: [title, ...lines].join('\n'),
      };
    } finally {
      backend.dispose();
    }
  },
};

function read(args: Arguments): BenchOptions {
  const { text } = args;
  if (text['steps'] !== undefined && text['seconds'] !== undefined)
    throw new UserError('--steps and --seconds cannot be used together. Use only one of them.');
  return {
    work: readWork(args),
    backend: oneOf('backend', text['backend'] ?? 'auto', BACKENDS),
    method: oneOf('method', text['method'] ?? 'lrr', METHODS),
    steps: wholeNumber('steps', text['steps'] ?? '5', { minimum: 1 }),
    seconds: text['seconds'] === undefined ? undefined : wholeNumber('seconds', text['seconds'], { minimum: 1 }),
  };
}

type Start = (backend: Backend, batch?: number) => Rehearsal;

interface Measured {
  json: object;
  lines: string[];
  /** The batch size that was measured, if it differs from the requested batch size. */
  batch?: number;
}

function measure({
  flags,
  text,
}: Arguments): (options: BenchOptions, start: Start, backend: Backend) => Promise<Measured> {
  if (flags['profile']) return ({ steps }, start, backend) => profile({ backend, start, steps });
  return text['seconds'] === undefined ? timeSteps : timeSeconds;
}

async function timeSteps({ work, steps }: BenchOptions, start: Start, backend: Backend): Promise<Measured> {
  const { trainer, time } = start(backend);
  await time(2); // compiles and warms up
  const times: number[] = [];
  for (let step = 0; step < steps; step++) times.push(await time(1));
  trainer.dispose();
  times.sort((a, b) => a - b);
  return speedOf(times[Math.floor(steps / 2)]!, work.batchSize, [times[0]!, times.at(-1)!]);
}

async function timeSeconds({ work, seconds }: BenchOptions, start: Start, backend: Backend): Promise<Measured> {
  const { ms, least, most, batch } = await measureSpeed((size) => start(backend, size), {
    batch: work.batchSize,
    seconds: seconds!,
  });
  return { ...speedOf(ms, batch, [least, most]), batch };
}

function speedOf(msPerStep: number, batch: number, [msLeast, msMost]: [number, number]): Measured {
  const json = { msPerStep, stepsPerSecond: 1000 / msPerStep, examplesPerSecond: (1000 * batch) / msPerStep };
  const speeds = `${json.stepsPerSecond.toFixed(2)} steps/s, ${Math.round(json.examplesPerSecond)} examples/s`;
  return {
    json: { ...json, msLeast, msMost },
    lines: [`${speeds}; ${msPerStep.toFixed(1)} ms a step (${msLeast.toFixed(1)} … ${msMost.toFixed(1)})`],
  };
}
