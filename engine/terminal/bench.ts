/** How fast a network trains on a backend, and with `--profile`, which operations take the time. */
import type { Backend } from '../backends/backend';
import { chooseBackend } from '../backends/choose';
import { Profiler, type Profiled } from '../backends/profile';
import { UserError } from '../errors';
import { buildArchitecture, modelLabel } from '../models/registry';
import type { BackendName, ModelSpec } from '../protocol';
import { REHEARSED, rehearse } from '../training/rehearse';
import { percent, table } from './format';
import { oneOf, wholeNumber, type Arguments, type Verb } from './verb';

const BACKENDS = Object.keys({ auto: 0, wasm: 0, webgpu: 0, tensorflow: 0 } satisfies Record<
  BackendName,
  0
>) as BackendName[];
const METHODS = ['lrr', 'aws'] as const;

interface Asked {
  network: ModelSpec;
  backend: BackendName;
  method: (typeof METHODS)[number];
  batch: number;
  steps: number;
}

export const benchVerb: Verb = {
  usage: `bench [--profile] [--network NAME] [--backend NAME] [--method ${METHODS.join('|')}] [--batch N] [--steps N]`,
  summary:
    'time training steps on noise of 32 × 32 × 3 (default: resnet20, batch 128), or say which operations take the time',
  positionals: [0, 0],
  options: ['network', 'backend', 'method', 'batch', 'steps'],
  flags: ['profile'],
  run: async (args) => {
    const asked = read(args);
    const architecture = buildArchitecture(asked.network, REHEARSED);
    const backend = await chooseBackend(asked.backend);
    try {
      const measure = args.flags['profile'] ? profile : timeSteps;
      const { json, lines } = await measure(asked, (through) => rehearse(architecture, through, asked), backend);
      const { name, device, threads } = backend.choice;
      const said = { network: modelLabel(asked.network), backend: name, device, threads, ...pick(asked) };
      return { json: { ...said, ...json }, text: [titleOf(said), ...lines].join('\n') };
    } finally {
      backend.dispose();
    }
  },
};

function read({ text }: Arguments): Asked {
  const asked: Asked = {
    network: networkOf(text['network'] ?? 'resnet20'),
    backend: oneOf('backend', text['backend'] ?? 'auto', BACKENDS),
    method: oneOf('method', text['method'] ?? 'lrr', METHODS),
    batch: wholeNumber('batch', text['batch'] ?? '128'),
    steps: wholeNumber('steps', text['steps'] ?? '5'),
  };
  for (const name of ['batch', 'steps'] as const)
    if (asked[name] === 0) throw new UserError(`--${name} is 0; it must be at least 1.`);
  return asked;
}

/** A name, or what stands in a run file: `{"model":"resnet20","options":{"width":32}}`. */
function networkOf(text: string): ModelSpec {
  if (!text.startsWith('{')) return text;
  try {
    const spec = JSON.parse(text) as ModelSpec & object;
    if (typeof spec.model === 'string') return spec;
  } catch {
    // said below
  }
  throw new UserError(`--network is "${text}"; write a name, or {"model": NAME, "options": {…}}.`);
}

function pick({ method, batch, steps }: Asked) {
  return { method, batch, steps };
}

function titleOf({ network, backend, device, method, batch }: Record<string, string | number>): string {
  return `${network}, ${method}, batch ${batch}, on ${backend} (${device})`;
}

type Start = (backend: Backend) => ReturnType<typeof rehearse>;

interface Measured {
  json: object;
  lines: string[];
}

async function timeSteps({ batch, steps }: Asked, start: Start, backend: Backend): Promise<Measured> {
  const { trainer, time } = start(backend);
  await time(2); // compiled and warm
  const times: number[] = [];
  for (let step = 0; step < steps; step++) times.push(await time(1));
  trainer.dispose();
  const msPerStep = times.sort((a, b) => a - b)[Math.floor(steps / 2)]!;
  const json = { msPerStep, stepsPerSecond: 1000 / msPerStep, examplesPerSecond: (1000 * batch) / msPerStep };
  const speeds = `${json.stepsPerSecond.toFixed(2)} steps/s, ${Math.round(json.examplesPerSecond)} examples/s`;
  return {
    json: { ...json, msLeast: times[0]!, msMost: times.at(-1)! },
    lines: [`${speeds}; ${msPerStep.toFixed(1)} ms a step (${times[0]!.toFixed(1)} … ${times.at(-1)!.toFixed(1)})`],
  };
}

const OUTSIDE = 'outside operations';

async function profile({ steps }: Asked, start: Start, backend: Backend): Promise<Measured> {
  const profiler = new Profiler();
  const { trainer, time } = start(profiler.eagerly(backend));
  await time(2);
  const stop = profiler.watchKernels(backend.choice.name);
  profiler.take();
  const msPerStep = await time(steps);
  stop();
  const operations = profiler.take().map(({ name, calls, ms }) => row({ name, calls: calls / steps, ms: ms / steps }));
  trainer.dispose();
  const outside = msPerStep - operations.reduce((sum, { ms }) => sum + ms, 0);
  const all = [...operations, row({ name: OUTSIDE, calls: 0, ms: outside })];
  const cells = all.map(({ name, calls, ms, share }) => [
    ...[name, name === OUTSIDE ? '' : String(Math.round(calls)), ms.toFixed(2), percent(share)],
  ]);
  const note =
    backend.choice.name === 'wasm' ? [] : ['Operations one by one: as a whole the step may be captured and faster.'];
  return {
    json: { msPerStep, operations: all },
    lines: [`${msPerStep.toFixed(1)} ms a step`, table([['operation', 'calls', 'ms', 'share'], ...cells]), ...note],
  };

  function row(entry: Profiled) {
    return { ...entry, share: entry.ms / msPerStep };
  }
}
