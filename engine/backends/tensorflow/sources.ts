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
  for (const name of readdirSync(folder).sort()) hash.update(`${name}\0`).update(readFileSync(path.join(folder, name)));
  return hash.digest('hex').slice(0, 12);
}
