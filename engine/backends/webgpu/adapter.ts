/** Finds the GPU for WebGPU. */
import { loadDawn, type Dawn } from './load';
import { hasVulkanDriver } from './vulkan';

/** Names of software implementations: Mesa's lavapipe, SwiftShader, and WARP of Windows. */
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|microsoft basic render|software/i;

export interface Found {
  adapter: GPUAdapter;
  /** Name for messages. */
  name: string;
  /** Whether it is a software (CPU) implementation. */
  software: boolean;
}

/** `GPUAdapterInfo`. */
export interface AdapterWords {
  vendor: string;
  architecture: string;
  device: string;
  description: string;
  isFallbackAdapter?: boolean;
}

export type Search = (Found & { version: string; problem: '' }) | { adapter: undefined; problem: string };

/** Returns the fastest GPU. */
export async function findAdapter(): Promise<Search> {
  const loaded = await loadDawn();
  if (!loaded.dawn) return { adapter: undefined, problem: loaded.problem };
  if (process.platform === 'linux' && !hasVulkanDriver()) return { adapter: undefined, problem: withoutAdapter() };
  const adapter = await request(loaded.dawn);
  if (adapter instanceof Error) return { adapter: undefined, problem: `WebGPU does not start: ${adapter.message}.` };
  if (!adapter) return { adapter: undefined, problem: withoutAdapter() };
  return { adapter, ...describeAdapter(infoOf(adapter)), version: loaded.version, problem: '' };
}

/** If the driver fails, WebGPU counts as unusable, and other backends can still be found. */
async function request(dawn: Dawn): Promise<GPUAdapter | Error | null> {
  try {
    return await instanceOf(dawn).requestAdapter({ powerPreference: 'high-performance' });
  } catch (error) {
    return error as Error;
  }
}

let instance: GPU | undefined;

/** Turns off the rounding of timestamps. Dawn rounds them for the privacy of web pages, to a unit that is longer than most kernels. */
const EXACT_TIMESTAMPS = 'disable-dawn-features=timestamp_quantization';

function instanceOf(dawn: Dawn): GPU {
  if (!instance) Object.assign(globalThis, dawn.globals);
  return (instance ??= dawn.create([EXACT_TIMESTAMPS]));
}

/** Returns the name of an adapter, and whether it is a software implementation. */
export function describeAdapter(info: AdapterWords): Omit<Found, 'adapter'> {
  const { vendor, architecture, device, description, isFallbackAdapter = false } = info;
  const words = [vendor, architecture, device, description].join(' ');
  const name = description || device || [vendor, architecture].filter(Boolean).join(' ') || 'GPU';
  return { name, software: isFallbackAdapter || SOFTWARE.test(words) };
}

/** Returns the description of an adapter. It is now named `info`, but the types that come with tfjs have only the previous name. */
export function infoOf(adapter: GPUAdapter): GPUAdapterInfo & AdapterWords {
  return (adapter as GPUAdapter & { info: GPUAdapterInfo }).info;
}

function withoutAdapter(): string {
  const remedy =
    process.platform === 'linux'
      ? 'install its Vulkan driver and the loader libvulkan.so.1 (“apt-get install libvulkan1 mesa-vulkan-drivers”, or NVIDIA’s own driver). Mesa must be version 23 or newer.'
      : 'install the driver from its manufacturer.';
  return `WebGPU finds no GPU. To use one, ${remedy}`;
}
