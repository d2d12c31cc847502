/** Removes compiled files without a source from `out/`. Otherwise, mocha would still find and run deleted tests. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

const files = existsSync('out') ? readdirSync('out', { recursive: true }) : [];
for (const file of files) {
  const source = file.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts');
  if (source !== file && !existsSync(source)) rmSync(path.join('out', file));
}
