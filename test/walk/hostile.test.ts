/** Every hostile file is refused in one sentence or opened, as its manifest says, by a process that may neither write nor start programs. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Inspection } from '../../engine/protocol';
import { temporaryFolder } from '../fixtures';
import { examineAll } from './examiners';
import { inRoot, isRight, jsonOf, type Expected, type TrueTensor } from './files';

interface Entry extends Expected {
  file: string;
  reason: string;
  /** A text for a reader where a thousand would be listed. */
  tensors?: string | Record<string, TrueTensor>;
  memory_limit_mb?: number;
}

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  /** The lesser of the time on the clock and that of the processor, so that a busy machine does not count. */
  ms: number;
  memory: number;
}

/** How much longer a file may take than is usual in its folder. On a slow machine, the start of the program takes seconds. */
const MOST_MS = 2000;
const MOST_MEMORY = 512e6;

const given = jsonOf<Entry[] | { entries: Entry[] }>('hostile/manifest.json', []);
const ENTRIES = Array.isArray(given) ? given : given.entries;

describe('a hostile file', function () {
  this.timeout(600_000);
  const temporary = temporaryFolder();
  let results: Map<string, Ended>;
  let started = false;

  /** All files are examined by the first test, several at a time. */
  const resultOf = async (file: string): Promise<Ended> => {
    if (!started) {
      started = true;
      results = new Map();
      await examineAll(ENTRIES, async (entry) => {
        results.set(entry.file, await inspectConfined(inRoot(`hostile/${entry.file}`), temporary()));
      });
      assert.deepEqual(readdirSync(temporary()), [], 'nothing is written');
    }
    return results.get(file)!;
  };

  /**
   * Returns the median time of the files in the same folder, such as `h5`, which the same code reads. It is at most three times that of the
   * quickest of all files, so that a slow reader is not compared with itself.
   */
  const usualBeside = (name: string) => {
    const [folder] = name.split('/');
    const timesOf = (entries: Entry[]) => entries.map(({ file }) => results.get(file)!.ms).sort((a, b) => a - b);
    const beside = timesOf(ENTRIES.filter(({ file }) => file.split('/')[0] === folder));
    return Math.min(beside[Math.floor(beside.length / 2)]!, 3 * timesOf(ENTRIES)[0]!);
  };

  for (const entry of ENTRIES)
    it(`${entry.file} (${entry.reason})`, async () => {
      const { code, stdout, stderr, ms, memory } = await resultOf(entry.file);
      assert.ok(code === 0 || code === 2, `exit code ${code}: ${stderr}`);
      assert.ok(isRight(code === 0 ? 'open' : 'reject', entry), `exit code ${code}, not ${entry.expect}: ${stderr}`);
      if (code === 2) checkRefusal(entry, stdout);
      else if (typeof entry.tensors === 'object') checkTensors(JSON.parse(stdout) as Inspection, entry.tensors);
      const usual = usualBeside(entry.file);
      assert.ok(ms < usual + MOST_MS, `${ms} ms, usual in its folder are ${usual} ms`);
      const limit = Math.max(MOST_MEMORY, 1e6 * (entry.memory_limit_mb ?? 0));
      assert.ok(memory < limit, `${memory} bytes of memory`);
    });

  it('has run nothing', () => {
    assert.ok(!existsSync('/tmp/AWS_ORACLE_PWNED'));
  });
});

function checkRefusal({ file }: Entry, stdout: string): void {
  const { error } = JSON.parse(stdout) as { error: { kind: string; message: string } };
  assert.equal(error.kind, 'input');
  assert.ok(error.message.includes(path.basename(file)), error.message);
  assert.ok(!error.message.includes('\n'), error.message);
}

function checkTensors({ tensors, uncounted = [] }: Inspection, truth: Record<string, TrueTensor>): void {
  for (const [name, { shape, zeros, negatives, positives }] of Object.entries(truth)) {
    const found = tensors.find((tensor) => tensor.name === name);
    if (!found && uncounted.some((tensor) => tensor.name === name)) continue;
    const { shape: ours, zeros: z, negatives: n, positives: p } = found ?? assert.fail(`${name} is missing`);
    assert.deepEqual([ours, z, n, p], [shape, zeros, negatives, positives], name);
  }
}

/** Node's permission model: no file may be written and no program started. HDF5 files are read in a thread, which has these limits only in later versions. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const FLAG = major > 23 || (major === 23 && minor >= 5) ? '--permission' : '--experimental-permission';
const CONFINED = [
  FLAG,
  '--allow-fs-read=*',
  '--allow-worker',
  '--no-warnings',
  '--require',
  path.join(__dirname, 'usage.js'),
];

/** Runs `winning-sign inspect FILE --json` in an empty folder. */
function inspectConfined(file: string, folder: string): Promise<Ended> {
  const start = performance.now();
  const child = spawn(process.execPath, [...CONFINED, path.resolve('dist/engine/cli.js'), 'inspect', file, '--json'], {
    cwd: folder,
    env: { ...process.env, HOME: folder, TMPDIR: folder, WINNING_SIGN_HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  const texts = ['', '', ''];
  child.stdio.slice(1).forEach((stream, i) => stream!.on('data', (bytes: Buffer) => (texts[i]! += bytes.toString())));
  return new Promise((resolve) =>
    child.once('close', (code) => {
      const [stdout = '', stderr = '', usage = ''] = texts;
      const { cpu, memory } = JSON.parse(usage || '{"cpu":1e9,"memory":0}') as { cpu: number; memory: number };
      resolve({ code, stdout, stderr, ms: Math.min(cpu, performance.now() - start), memory });
    }),
  );
}
