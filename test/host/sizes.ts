/** `npm run sizes`: accepts the sizes of the bundles and the package. `npm run test:package` compares them with the accepted ones. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

/** Bytes of a file, and of the file compressed with gzip. A package is compressed already, so its two sizes are the same. */
export interface Size {
  raw: number;
  gzip: number;
}

export type Sizes = Record<string, Size>;

export const VSIX = 'winning-sign.vsix';
/** The accepted sizes. */
export const ACCEPTED = 'test/host/sizes.json';
/** A file may be larger than accepted by this share. */
const SLACK = 0.1;

/** Measures all programs in dist/ and the package, below a folder. */
export function measureSizes(folder: string): Sizes {
  const programs = readdirSync(path.join(folder, 'dist'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => `dist/${name.replaceAll(path.sep, '/')}`)
    .sort();
  const sizes = programs.map((name): [string, Size] => {
    const bytes = readFileSync(path.join(folder, name));
    return [name, { raw: bytes.length, gzip: gzipSync(bytes).length }];
  });
  const { size } = statSync(path.join(folder, VSIX));
  return Object.fromEntries([...sizes, [VSIX, { raw: size, gzip: size }]]);
}

/** Returns a Markdown table of sizes, with their change since they were accepted. */
export function sizeTable(sizes: Sizes, accepted: Sizes): string {
  const lines = Object.entries(sizes).map(
    ([name, { raw, gzip }]) =>
      `| ${name} | ${kilobytes(raw)} | ${kilobytes(gzip)} | ${changeOf(gzip, accepted[name]?.gzip)} |`,
  );
  return ['| file | kB | kB gzip | change |', '| --- | ---: | ---: | ---: |', ...lines].join('\n');
}

/** Returns a sentence for each file that is too large, that is not accepted yet, or that is gone. */
export function sizeProblems(sizes: Sizes, accepted: Sizes): string[] {
  const remedy = `If that is intended, accept it with: npm run sizes`;
  const found = Object.entries(sizes).flatMap(([name, size]) => {
    const before = accepted[name];
    if (!before) return [`${name} is new in the package: ${ACCEPTED} does not have its size. ${remedy}`];
    return (['raw', 'gzip'] as const)
      .filter((kind) => size[kind] > (1 + SLACK) * before[kind])
      .map(
        (kind) =>
          `${name} has ${kilobytes(size[kind])} kB${kind === 'gzip' ? ' with gzip' : ''}, but ${ACCEPTED} has ${kilobytes(before[kind])} kB, and at most ${100 * SLACK} % more is allowed. ${remedy}`,
      );
  });
  const gone = Object.keys(accepted).filter((name) => !(name in sizes));
  return [...found, ...gone.map((name) => `${name} is missing, but ${ACCEPTED} has its size. ${remedy}`)];
}

export function readAccepted(folder: string): Sizes {
  return JSON.parse(readFileSync(path.join(folder, ACCEPTED), 'utf8')) as Sizes;
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(bytes < 100_000 ? 1 : 0);
}

function changeOf(now: number, before: number | undefined): string {
  if (before === undefined) return 'new';
  const percent = 100 * (now / before - 1);
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(1)} %`;
}

if (require.main === module) {
  const sizes = measureSizes('.');
  writeFileSync(ACCEPTED, `${JSON.stringify(sizes, undefined, 2)}\n`);
  console.log(sizeTable(sizes, sizes));
}
