/** Finds a GPU for tests: the GPU of the machine, or a software (CPU) implementation of Vulkan. */
import { reportBackends } from '../../../engine/backends/report';
import type { BackendReport } from '../../../engine/protocol';
import './softwareVulkan';

/** For `before`: skips the tests and prints a reason if there is neither a GPU nor a software implementation. */
export async function needsAnyGpu(this: Mocha.Context): Promise<void> {
  const { usable, problem } = await reportGpu();
  if (!usable) skip(this, problem);
}

/** For `before` of tests that take minutes on a software implementation. There they run only with `WINNING_SIGN_SOFTWARE_GPU=all`. */
export async function needsRealGpu(this: Mocha.Context): Promise<void> {
  const { usable, problem, device } = await reportGpu();
  if (!usable) skip(this, problem);
  if (await needsSmallNetworks()) skip(this, `too slow on ${device}.`);
}

/** Whether only small networks are tested, because the implementation is software and `WINNING_SIGN_SOFTWARE_GPU` is not `all`. */
export async function needsSmallNetworks(): Promise<boolean> {
  return (await reportGpu()).software === true && process.env['WINNING_SIGN_SOFTWARE_GPU'] !== 'all';
}

async function reportGpu(): Promise<BackendReport> {
  return (await reportBackends()).find(({ name }) => name === 'webgpu')!;
}

function skip(context: Mocha.Context, reason: string): void {
  console.log(`    skipped: ${reason}`);
  context.skip();
}
