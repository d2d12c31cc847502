/** The C++ sources of Winning Sign's operations. Installations compile them. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Returns the folder of the C++ files. */
export function sourceFolder(): string {
  const bundled = path.join(__dirname, 'native');
  // The tests compile the sources without bundling them.
  return existsSync(bundled) ? bundled : path.join(__dirname, '../../../../engine/backends/tensorflow/native');
}

/** Returns a hash of the C++ files. Operations that were compiled from other files may be missing, or give other bytes. */
export function hashSources(folder = sourceFolder()): string {
  const hash = createHash('sha256');
  const names = readdirSync(folder).filter((name) => /\.(cc|h)$/.test(name));
  for (const name of names.sort()) hash.update(`${name}\0`).update(readFileSync(path.join(folder, name)));
  return hash.digest('hex').slice(0, 12);
}

/**
 * Must be raised with each change of TypeScript after which a step executes other operations, or the same ones with other attributes or in
 * another order, for example in `convolution.ts`, `ownKernels.ts`, `pixels.ts` or `fuse.ts`. Such a change alters bytes without altering a
 * C++ file.
 */
const CALLS = 1;

/** Returns a hash of the operations that were compiled from `sources`, and of how this version calls them. */
export function hashOperations(sources: string, calls = CALLS): string {
  return createHash('sha256').update(`${sources}\0${calls}`).digest('hex').slice(0, 12);
}
