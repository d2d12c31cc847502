/**
 * `node summarize.mjs OUT WORK SCALE SECONDS` writes summary.json and summary.txt to OUT. It reads the results of the parts that ran so far
 * from WORK: parts.tsv (number, name, outcome, seconds, limit, file) and backends.json.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const [out, work, scale, seconds] = process.argv.slice(2);

const parts = read(path.join(work, 'parts.tsv'))
  .split('\n')
  .filter(Boolean)
  .map((line) => {
    const [number, name, outcome, took, limit, file] = line.split('\t');
    return { number: Number(number), name, outcome, seconds: Number(took), limit: Number(limit), file };
  });
const fileOf = (wanted) => {
  const part = parts.find(({ name }) => name === wanted);
  return part ? read(path.join(out, part.file)) : '';
};

const { backends = [] } = documents(read(path.join(work, 'backends.json')))[0] ?? {};
const webgpu = backends.find(({ name }) => name === 'webgpu') ?? null;
const tests = countTests(fileOf('oracles'));
const bench = documents(fileOf('bench')).filter(({ ratio }) => ratio !== undefined);
const profiles = documents(fileOf('profile')).filter(({ msPerStep }) => msPerStep !== undefined);
const date = new Date().toISOString().slice(0, 10);
const summary = { date, scale, seconds: Number(seconds), webgpu, parts, tests, bench, profiles };
writeFileSync(path.join(out, 'summary.json'), `${JSON.stringify(summary, undefined, 2)}\n`);
writeFileSync(path.join(out, 'summary.txt'), `${textOf(summary).join('\n')}\n`);

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** Returns the JSON documents in a text. Each is on one line, or goes from a line “{” to a line “}”. Incomplete documents are left out. */
function documents(text) {
  const whole = text.match(/^\{$[\s\S]*?^\}$|^\{.*\}$/gm) ?? [];
  return whole.flatMap((document) => {
    try {
      return [JSON.parse(document)];
    } catch {
      return [];
    }
  });
}

/** Counts the marks of the tests, because mocha prints no totals if its time limit ends it. */
function countTests(text) {
  const passed = text.match(/^ +✔ /gm)?.length ?? 0;
  const failed = text.match(/^ +\d+\) .*$/gm)?.length ?? 0;
  const numbered = Number(/(\d+) failing/.exec(text)?.[1] ?? failed);
  return { passed, failed: numbered };
}

function textOf({ date, scale, seconds, webgpu, parts, tests, bench, profiles }) {
  const device = webgpu?.usable ? `${webgpu.device} (${webgpu.version})` : `no WebGPU: ${webgpu?.problem ?? 'unknown'}`;
  const lines = [`${date}, ${scale} scale, ${seconds} s so far. ${device}`, ''];
  for (const { number, name, outcome, seconds, limit } of parts) {
    const counted = name === 'oracles' ? `, ${tests.passed} tests passed, ${tests.failed} failed` : '';
    lines.push(`${number} ${name.padEnd(9)} ${outcome}, ${seconds} of ${limit} s${counted}`);
  }
  if (bench.length > 0) lines.push('', 'figure                       ours    PyTorch  ratio', ...bench.map(benchLine));
  if (profiles.length > 0) lines.push('', ...profiles.flatMap(profileLines));
  return lines;
}

/** Converts times to steps per second. A ratio above 1 means that ours is faster. */
function benchLine({ name, ratio, ours, theirs, unit, note }) {
  const value = (number) =>
    number === null ? '–' : unit === 'ms' ? `${(1000 / number).toFixed(2)}/s` : `${number.toFixed(0)} ${unit}`;
  const cells = [name.padEnd(24), value(ours).padStart(9), value(theirs).padStart(9), ratio?.toFixed(2) ?? '–'];
  return `${cells.join('  ')}  ${note}`;
}

function profileLines({
  network,
  method,
  batch,
  msPerStep,
  msKernels,
  msDispatch,
  msReadBack,
  readsPerStep,
  operations,
}) {
  const top = operations
    .slice(0, 4)
    .map(({ name, share }) => `${name} ${(100 * share).toFixed(0)} %`)
    .join(', ');
  return [
    `${network}, ${method}, batch ${batch}: ${msPerStep.toFixed(2)} ms a step; kernels ${msKernels.toFixed(2)}, dispatch ${msDispatch.toFixed(2)}, read-back ${msReadBack.toFixed(2)}, reads in a step ${readsPerStep}`,
    `  ${top}`,
  ];
}
