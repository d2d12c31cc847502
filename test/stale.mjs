/** Removes from `out/` what no longer has a source: tests are found there by name, and a deleted one would still run. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

const files = existsSync('out') ? readdirSync('out', { recursive: true }) : [];
for (const file of files) {
  const source = file.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts');
  if (source !== file && !existsSync(source)) rmSync(path.join('out', file));
}
