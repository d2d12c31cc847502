/** `bench --profile`: measures which operations take the time of a training step. */
import type { Backend } from '../backends/backend';
import { Profiler, type Profiled } from '../backends/profile';
import { DeviceClock } from '../backends/webgpu/clock';
import type { Rehearsal } from '../calibration/rehearse';
import { percent } from '../vocabulary/numbers';
import { table } from './format';

export interface ProfileOptions {
  backend: Backend;
  start: (backend: Backend) => Rehearsal;
  /** Number of steps to time. */
  steps: number;
}

export interface Profile {
  json: object;
  lines: string[];
}

/** Profiles by the clock of the GPU if the backend uses the GPU, otherwise by the clock of the processor. */
export function profile(options: ProfileOptions): Promise<Profile> {
  return options.backend.choice.name === 'webgpu' ? profileDevice(options) : profileProcessor(options);
}

const OUTSIDE = 'outside operations';

async function profileProcessor({ backend, start, steps }: ProfileOptions): Promise<Profile> {
  const { name } = backend.choice;
  const profiler = new Profiler();
  const { trainer, time } = start(profiler.eagerly(backend));
  await time(2);
  const stop = profiler.watchKernels(name);
  profiler.take();
  const msPerStep = await time(steps);
  stop();
  const { operations, lines } = perStep(profiler.take(), { steps, msPerStep });
  trainer.dispose();
  const note =
    name === 'tensorflow'
      ? ['The operations were timed separately. A normal step is compiled as a whole and is faster.']
      : [];
  return { json: { msPerStep, operations }, lines: [`${msPerStep.toFixed(1)} ms a step`, ...lines, ...note] };
}

/**
 * Profiles a GPU. The GPU computes while the program continues, so dispatch and reading the loss are measured separately from the kernels.
 */
async function profileDevice({ backend, start, steps }: ProfileOptions): Promise<Profile> {
  const clock = new DeviceClock();
  const { trainer, queue, time } = start(backend);
  await time(2); // compiles and warms up
  const msPerStep = await time(steps);
  const dispatching = performance.now();
  queue(steps);
  const msDispatch = (performance.now() - dispatching) / steps;
  await backend.settled();
  const reading = performance.now();
  await trainer.takeMeasured();
  const msReadBack = performance.now() - reading;

  clock.start();
  queue(steps);
  const readsPerStep = clock.reads / steps;
  const timed = await clock.stop();
  trainer.dispose();
  const msKernels = timed.reduce((sum, { ms }) => sum + ms, 0) / steps;
  const { operations, lines } = perStep(timed, { steps, msPerStep });
  return {
    json: { msPerStep, msKernels, msDispatch, msReadBack, readsPerStep, operations },
    lines: [
      `${msPerStep.toFixed(2)} ms a step: the GPU computes for ${msKernels.toFixed(2)} ms, dispatch takes ${msDispatch.toFixed(2)} ms`,
      `${msReadBack.toFixed(2)} ms to read the loss, once after all steps; reads during a step: ${readsPerStep}`,
      ...lines,
    ],
  };
}

/**
 * Returns the operations of a step with their share of the step. The last entry is the rest, which is negative if operations overlapped.
 */
function perStep(timed: readonly Profiled[], { steps, msPerStep }: { steps: number; msPerStep: number }) {
  const own = timed.map(({ name, calls, ms }) => ({ name, calls: calls / steps, ms: ms / steps }));
  const outside = msPerStep - own.reduce((sum, { ms }) => sum + ms, 0);
  const operations = [...own, { name: OUTSIDE, calls: 0, ms: outside }].map((entry) => ({
    ...entry,
    share: entry.ms / msPerStep,
  }));
  const cells = operations.map(({ name, calls, ms, share }) => [
    name,
    name === OUTSIDE ? '' : String(Math.round(calls)),
    ms.toFixed(2),
    percent(share),
  ]);
  return { operations, lines: [table([['operation', 'calls', 'ms', 'share'], ...cells])] };
}
