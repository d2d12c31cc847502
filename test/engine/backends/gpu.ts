/** A GPU for tests: the machine's, or the processor in its place. */
import { existsSync } from 'node:fs';
import { reportBackends } from '../../../engine/backends/report';
import type { BackendReport } from '../../../engine/protocol';

/** SwiftShader, as distributions put it beside Chromium. */
const SWIFTSHADER = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'].map(
  (folder) => `${folder}/vk_swiftshader_icd.json`,
);

// Added to the drivers of the machine, before anything looks for them.
const driver = SWIFTSHADER.find((file) => existsSync(file));
if (driver) process.env['VK_ADD_DRIVER_FILES'] ??= driver;

/** For `before`: skips, saying why, where there is no GPU, nor a processor in its place. */
export async function needsAnyGpu(this: Mocha.Context): Promise<void> {
  const { usable, problem } = await reportGpu();
  if (!usable) skip(this, problem);
}

/** For `before` of what takes a processor minutes; `WINNING_SIGN_SOFTWARE_GPU=all` has it do so. */
export async function needsRealGpu(this: Mocha.Context): Promise<void> {
  const { usable, problem, software, device } = await reportGpu();
  if (!usable) skip(this, problem);
  if (software && process.env['WINNING_SIGN_SOFTWARE_GPU'] !== 'all') skip(this, `too slow on ${device}.`);
}

async function reportGpu(): Promise<BackendReport> {
  return (await reportBackends()).find(({ name }) => name === 'webgpu')!;
}

function skip(context: Mocha.Context, reason: string): void {
  console.log(`    skipped: ${reason}`);
  context.skip();
}
